#include "fetch_lines.hpp"

#include <utility>

#include "stream/common/assert.hpp"

namespace stream::logic {

void FetchLines::add(const std::string& address, FetchJob job) {
  lines_[address].waiting.push_back(std::move(job));
}

std::optional<FetchLines::Turn> FetchLines::next(Time now) {
  auto line = lines_.upper_bound(last_);
  for (auto left = lines_.size(); left > 0; --left) {
    if (line == lines_.end()) line = lines_.begin();
    const auto here = line++;
    refresh(here->second, now);
    if (auto turn = next_of(here, now)) {
      last_ = turn->address;
      return turn;
    }
    const Line& idle = here->second;
    if (idle.waiting.empty() && idle.under_way == 0 && !idle.quiet_since) lines_.erase(here);
  }
  return std::nullopt;
}

std::optional<FetchLines::Turn> FetchLines::next_of(Lines::iterator here, Time now) {
  auto& [address, line] = *here;
  if (line.waiting.empty()) return std::nullopt;
  const bool asks = !is_silent(line, now);
  if (asks && line.under_way >= options_.most_under_way) return std::nullopt;
  Turn turn{address, std::move(line.waiting.front()), asks};
  line.waiting.pop_front();
  if (asks) {
    ++line.under_way;
    if (!line.quiet_since) line.quiet_since = now;
  }
  return turn;
}

void FetchLines::ended(const std::string& address, bool heard, Time now) {
  const auto found = lines_.find(address);
  STREAM_ASSERT(found != lines_.end() && found->second.under_way > 0, "an end without a turn");
  Line& line = found->second;
  --line.under_way;
  if (!heard) {
    line.last_end = now;
  } else if (line.under_way > 0) {
    line.quiet_since = now;
  } else {
    line.quiet_since.reset();
  }
}

bool FetchLines::is_silent(const Line& line, Time now) const {
  return line.quiet_since && now - *line.quiet_since >= options_.silent_after;
}

void FetchLines::refresh(Line& line, Time now) const {
  if (line.under_way == 0 && line.quiet_since && now - line.last_end >= options_.left_alone) {
    line.quiet_since.reset();
  }
}

}  // namespace stream::logic
