#include "frame_order.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/assert.hpp"

namespace stream::logic {

FrameOrder::FrameOrder(std::vector<FramePosition> positions, const FrameOrderOptions& options)
    : options_(options), positions_(std::move(positions)), silence_(options.ask_first) {}

FrameOrder::Taken FrameOrder::take(FrameMeta frame, Time now) {
  if (frame.number == 0) {
    if (unnumbered_.size() >= options_.most_waiting) return Taken::kNoRoom;
    unnumbered_.push(std::move(frame));
    return Taken::kYes;
  }
  if (!has_source()) positions_.push_back({frame.ref.boot, 0, frame.ref.address});
  if (frame.ref.boot != position().boot) return take_from_another(std::move(frame));
  position().address = frame.ref.address;
  may_ask_ = true;
  silence_ = options_.ask_first;
  ask_at_ = now + silence_;
  if (frame.number <= position().number) return Taken::kRepeated;
  return keep(waiting_, std::move(frame));
}

FrameOrder::Taken FrameOrder::take_from_another(FrameMeta frame) {
  const auto boot = frame.ref.boot;
  const auto known = std::find_if(positions_.begin(), positions_.end(),
                                  [&](const FramePosition& p) { return p.boot == boot; });
  if (known != positions_.end() && frame.number <= known->number) return Taken::kRepeated;
  if (!next_source_) {
    const auto number = known != positions_.end() ? known->number : 0;
    next_source_ = Source{{boot, number, frame.ref.address}, {}};
  }
  // A third one has its turn when its frames come again.
  if (next_source_->position.boot != boot) return Taken::kNoRoom;
  return keep(next_source_->waiting, std::move(frame));
}

FrameOrder::Taken FrameOrder::keep(Frames& waiting, FrameMeta frame) const {
  if (waiting.contains(frame.number)) return Taken::kRepeated;
  if (waiting.size() >= options_.most_waiting) return Taken::kNoRoom;
  const auto number = frame.number;
  waiting.emplace(number, std::move(frame));
  return Taken::kYes;
}

bool FrameOrder::has_gap() const {
  if (waiting_.empty()) return false;
  const auto before = waiting_.begin()->first - 1;
  return before > std::max(positions_.front().number, gone_);
}

std::optional<FrameMeta> FrameOrder::next() {
  if (!unnumbered_.empty()) {
    auto frame = std::move(unnumbered_.front());
    unnumbered_.pop();
    return frame;
  }
  if (is_at_end()) go_to_next_source();
  if (waiting_.empty() || has_gap()) return std::nullopt;
  auto first = waiting_.extract(waiting_.begin());
  lost_ += first.key() - position().number - 1;
  position().number = first.key();
  return std::move(first.mapped());
}

void FrameOrder::go_to_next_source() {
  auto next = *std::exchange(next_source_, std::nullopt);
  std::erase_if(positions_, [&](const FramePosition& p) { return p.boot == next.position.boot; });
  positions_.insert(positions_.begin(), std::move(next.position));
  if (positions_.size() > options_.most_positions) positions_.pop_back();
  waiting_ = std::move(next.waiting);
  gone_ = 0;
  last_asked_ = false;
  may_ask_ = true;
  ask_at_ = {};  // for what did not find room while it waited
  silence_ = options_.ask_first;
}

std::optional<FramePosition> FrameOrder::fetch(Time now) {
  if (fetch_is_out_ || !has_source() || is_at_end() || now < not_before_) return std::nullopt;
  const bool ask_last = waiting_.empty() && next_source_;
  const bool ask_after_silence = waiting_.empty() && may_ask_ && now >= ask_at_;
  if (!has_gap() && !ask_last && !ask_after_silence) return std::nullopt;
  fetch_is_out_ = true;
  asks_last_ = ask_last;
  asked_before_ = waiting_.empty() ? 0 : waiting_.begin()->first;
  return position();
}

void FrameOrder::fetched(Fetched result, Time now) {
  STREAM_ASSERT(fetch_is_out_, "an answer without a fetch");
  fetch_is_out_ = false;
  if (result.outcome == Fetched::Outcome::kUnreachable && ++tries_ < options_.tries) {
    not_before_ = now + options_.try_again * (1 << (tries_ - 1));
    return;
  }
  tries_ = 0;
  not_before_ = {};
  std::erase_if(result.frames, [&](const FrameMeta& f) { return f.ref.boot != position().boot; });
  if (result.frames.empty()) {
    nothing_fetched(result.outcome, now);
  } else {
    take_fetched(std::move(result.frames), now);
  }
}

void FrameOrder::nothing_fetched(Fetched::Outcome outcome, Time now) {
  // Only of what was missing when we asked: what is missing since then may be there.
  if (asked_before_ > 0) gone_ = std::max(gone_, asked_before_ - 1);
  if (asks_last_) last_asked_ = true;
  if (outcome == Fetched::Outcome::kGone) may_ask_ = false;
  ask_at_ = now + silence_;
  silence_ = std::min(2 * silence_, options_.ask_last);
}

void FrameOrder::take_fetched(std::vector<FrameMeta> frames, Time now) {
  // It gives the oldest that it has: what is before them it has not.
  gone_ = std::max(gone_, frames.front().number - 1);
  const auto newest = waiting_.empty() ? position().number : waiting_.rbegin()->first;
  for (FrameMeta& frame : frames) {
    const auto number = frame.number;
    if (number > position().number) waiting_.emplace(number, std::move(frame));
  }
  silence_ = options_.ask_first;
  // There may be more of them than fit an answer.
  const bool more = !waiting_.empty() && waiting_.rbegin()->first > newest;
  ask_at_ = more ? now : now + silence_;
}

}  // namespace stream::logic
