#include "hindsight.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

using Clock = std::chrono::steady_clock;

// A kept state, as far as it concerns the frames of one process of an ingest-node.
struct Memory {
  RuleState rules;
  std::optional<std::uint64_t>
      number;  // it is the one after this frame; empty: after those of another process
};

// Oldest first. Those of another life of the task, or that cannot be read, are left out.
std::vector<Memory> memories_of(const LookBack& unit) {
  std::vector<Memory> memories;
  for (const KeptState& bytes : unit.states) {
    auto state = decode<LogicState>(*bytes);
    if (!state || state->source != unit.task->source) continue;
    // As TaskRun does when it takes up a state.
    if (state->counting != counting_of(*unit.task)) state->memory = {};
    Memory memory{std::move(state->memory), std::nullopt};
    const auto& positions = state->positions;
    if (positions.empty()) {
      // The memory before the task's first frame: of the first process, and of no other.
      if (unit.first_process) memory.number = 0;
    } else if (positions.front().boot == unit.position->boot) {
      memory.number = positions.front().number;
    }
    memories.push_back(std::move(memory));
  }
  return memories;
}

decision::RuleCount since(const decision::RuleCount& before, const decision::RuleCount& now) {
  return {now.passed - before.passed, now.stopped - before.stopped};
}

class Hindsight {
 public:
  Hindsight(const LookBack& unit, std::int64_t from_us, Replay& replay, const HindsightLimits& limits)
      : unit_(unit),
        from_us_(from_us),
        replay_(replay),
        limits_(limits),
        decider_(decider_of(*unit.task)),
        maker_(limits.explanation),
        newest_(unit.newest) {}

  Explanation look();

 private:
  void begin();
  void go_through_frames();
  void decide(const FrameMeta& frame);
  void use_memories_before(std::uint64_t number);
  bool follows(std::uint64_t number) const { return after_frame_ && *after_frame_ + 1 == number; }
  void note_what_is_missing(const Explanation& made);
  void note(std::string text) { notes_.push_back(std::move(text)); }

  const LookBack& unit_;
  const std::int64_t from_us_;
  Replay& replay_;
  const HindsightLimits& limits_;

  decision::Decider decider_;
  std::vector<Memory> memories_;
  std::size_t next_memory_ = 0;               // the first that was not used or passed
  std::optional<std::uint64_t> after_frame_;  // the memory is one after this frame
  bool is_known_ = false;                     // and the very one that the node had
  std::uint64_t passed_over_ = 0;             // frames up to this one are too many to look at
  std::uint64_t fetched_up_to_ = 0;

  ExplanationMaker maker_;
  std::vector<decision::Verdict> why_;
  std::optional<decision::RuleCounts> counts_before_;  // the first frame that is reported
  decision::CustomRuleCounts custom_before_;
  std::optional<std::int64_t> known_from_;
  std::optional<FrameStamp> first_fetched_, newest_;
  std::uint64_t first_number_ = 0;
  bool reaches_back_ = false;  // to before the span that was asked for
  bool is_cut_ = false;        // more frames than the limits allow, or no answer
  std::vector<std::string> notes_;
};

Explanation Hindsight::look() {
  if (unit_.position) {
    begin();
    go_through_frames();
  } else {
    note("no frame has come yet");
  }
  auto made = maker_.take();
  if (counts_before_) {
    for (std::size_t i = 0; i < decision::kRules; ++i) {
      const auto& now = decider_.counts().at(i);
      const auto& before = counts_before_->at(i);
      made.rules.at(i) = since(before, now);
    }
    made.custom = decider_.custom_counts();
    for (std::size_t i = 0; i < made.custom.size(); ++i) {
      made.custom[i].objects = since(custom_before_.at(i).objects, made.custom[i].objects);
    }
  }
  made.memory_known_from = known_from_;
  made.newest = newest_;
  made.complete =
      unit_.position && reaches_back_ && !is_cut_ && (!made.first || known_from_ == made.first->frame_id);
  note_what_is_missing(made);
  made.notes = std::move(notes_);
  return made;
}

// With the newest memory from before the span that was asked for.
void Hindsight::begin() {
  memories_ = memories_of(unit_);
  while (next_memory_ < memories_.size() && memories_[next_memory_].rules.clock.received_us < from_us_) {
    ++next_memory_;
  }
  if (next_memory_ > 0) {
    const Memory& memory = memories_[next_memory_ - 1];
    decider_.restore(memory.rules);
    after_frame_ = memory.number;
    is_known_ = memory.number.has_value();
  }
  const auto newest = unit_.position->number;
  reaches_back_ = after_frame_ == newest;
  passed_over_ = newest - std::min<std::uint64_t>(newest, limits_.frames);
  fetched_up_to_ = std::max(after_frame_.value_or(0), passed_over_);
}

void Hindsight::go_through_frames() {
  const auto until = Clock::now() + limits_.all_within;
  std::size_t frames = 0;
  for (std::size_t answers = 0; answers < limits_.answers && frames < 2 * limits_.frames; ++answers) {
    const auto now = Clock::now();
    if (now >= until) break;
    const FramePosition position{unit_.position->boot, fetched_up_to_, unit_.position->address};
    const auto fetched = replay_.after(position, unit_.task->task_id, unit_.task->algorithm,
                                       std::min(until, now + limits_.answer_within));
    if (fetched.outcome == Fetched::Outcome::kGone) {
      reaches_back_ = false;
      return note("the frames are gone: the ingest-node was restarted, or does not know the task any more");
    }
    if (fetched.outcome == Fetched::Outcome::kUnreachable) {
      is_cut_ = true;
      return note(
          fmt::format("the ingest-node at {} does not answer, so frames are missing", position.address));
    }
    if (fetched.frames.empty()) return;
    for (const FrameMeta& frame : fetched.frames) decide(frame);
    frames += fetched.frames.size();
    fetched_up_to_ = fetched.frames.back().number;
  }
  is_cut_ = true;
  note(fmt::format("there are more frames than can be looked at: these are {}", frames));
}

void Hindsight::decide(const FrameMeta& frame) {
  if (frame.source != 0 && frame.source != unit_.task->source) return;
  const FrameStamp stamp{frame.frame_id, frame.received_us};
  if (!first_fetched_) {
    first_fetched_ = stamp;
    first_number_ = frame.number;
    reaches_back_ = follows(frame.number) || frame.received_us < from_us_;
  }
  newest_ = stamp;
  use_memories_before(frame.number);
  is_known_ = is_known_ && follows(frame.number);
  after_frame_ = frame.number;
  if (frame.received_us < from_us_) {
    decider_.next_frame(frame);
    return;
  }
  if (!counts_before_) {
    counts_before_ = decider_.counts();
    custom_before_ = decider_.custom_counts();
  }
  if (is_known_ && !known_from_) known_from_ = frame.frame_id;
  why_.clear();
  decider_.next_frame(frame, &why_);
  maker_.add(stamp, why_);
}

// Goes on from a later memory where ours is not the one that the node had.
void Hindsight::use_memories_before(std::uint64_t number) {
  for (; next_memory_ < memories_.size(); ++next_memory_) {
    const Memory& memory = memories_[next_memory_];
    if (memory.number && *memory.number >= number) return;
    if (!memory.number || (is_known_ && follows(number))) continue;
    decider_.restore(memory.rules);
    after_frame_ = memory.number;
    is_known_ = true;
  }
}

void Hindsight::note_what_is_missing(const Explanation& made) {
  if (unit_.position && !made.first && !is_cut_) note("no frame came in this time");
  if (made.first && !reaches_back_) {
    if (first_number_ == 1) {
      note(fmt::format("the ingest-node has received frames of this task only since frame {}",
                       first_fetched_->frame_id));
    } else if (first_number_ == passed_over_ + 1) {
      note(fmt::format("no more than the last {} frames are looked at", limits_.frames));
    } else {
      note(fmt::format("the ingest-node keeps no frames from before frame {} (replay_frames, replay_kib)",
                       first_fetched_->frame_id));
    }
  }
  if (made.first && known_from_ != made.first->frame_id) {
    note(
        fmt::format("what was remembered of earlier frames is not known{}{}: objects may have been seen more "
                    "often than it says",
                    known_from_ ? fmt::format(" before frame {}", *known_from_) : "",
                    unit_.too_large ? ", because there are too many objects to keep it" : ""));
  }
  if (unit_.rules_since_us > from_us_) {
    note("the rules were changed meanwhile: this is what those of today say, also of frames from before");
  }
  if (unit_.held_up) {
    note("no frames are decided on now: alarms wait for their pictures, or for the broker to take them");
  }
}

}  // namespace

Explanation look_back(const LookBack& unit, std::int64_t from_us, Replay& replay,
                      const HindsightLimits& limits) {
  return Hindsight(unit, from_us, replay, limits).look();
}

}  // namespace stream::logic
