// Decides which objects alarm in a frame. Values in, decision out: no clock, no I/O. docs/rules.md is the
// same for people who set rules, with examples.
//
// First, does an object COUNT in this frame? Schedule, class, size, area, count, in this order. One that a
// rule stops here is not there, in this frame, for what follows: exactly as if the stream process had
// filtered it out. So where the stream's own `filter` does this already, these rules are left off, with the
// same outcome.
//
// Then, is it TIME TO ALARM? An object's stay begins with the first frame in which it counts, and ends when
// it has left: it has not counted for more than m = out_frames frames and, if leave_us is given, for longer
// than that. All of these must hold in a frame in which it counts:
//   seen            it has counted in n = in_frames frames of its stay
//   track_interval  its stay is track_interval frames old, this one and those without it included
//   threshold       the median of its last scores (of an even number the smaller one in the middle) is at
//                   least its class's limit
//   stay            its stay is stay_us old
//   custom          the rules of one's own that are on let it through (stream/decision/custom_rule.hpp)
//   line            it has crossed a line in this stay, in a frame in which it counted
//   once            without lines: the stay has had no alarm yet
//   alarm_interval  its last alarm is alarm_interval frames ago, even if it has left since
// So without lines a stay alarms once, in the first frame in which all is fulfilled. With lines each crossing
// does; it waits for the rules before it, but one that would alarm while the alarm interval runs is given up.
//
// Frames are counted in steps of the frame id by sample_interval, those that never came included; an id that
// does not grow means that the stream started again: one frame later. n, m, track_interval and alarm_interval
// all count such frames.
//
// The path of an object is followed through all frames that hold its key, also those in which it does not
// count, and straight on over frames without it until it would have left. A key that occurs more than once in
// a frame is in two places: its path ends there, and a new one begins. Objects whose place is not known do
// not pass rules about places (but any area that holds the whole frame).
//
// With Identity::kIou an object is known by its place for as long as it is of any use: until it has left and,
// without lines, until its alarm interval is over. Who is where it was until then is it.
//
// An alarm charges the stay and the alarm interval at once, in this memory. So save it with the alarm, in one
// step: who goes on from an older memory has neither the alarm nor the charge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "areas.hpp"
#include "custom_stage.hpp"
#include "frame_clock.hpp"
#include "iou_tracker.hpp"
#include "line.hpp"
#include "object_memory.hpp"
#include "rule_spec.hpp"
#include "schedule.hpp"
#include "stream/common/result.hpp"
#include "stream/decision/object_alarm.hpp"
#include "stream/decision/verdict.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::decision {

struct ObjectView {
  std::string_view key;    // empty: no object. With Identity::kIou not looked at
  std::optional<Box> box;  // empty: nobody knows where it is
  std::int32_t class_id = -1;
  float score = 0;  // 0 to 1
};

struct FrameView {
  std::int64_t frame_id = 0;
  std::int64_t timestamp_us = 0, received_us = 0;  // as in FrameMeta
  Canvas size;
  std::span<const ObjectView> objects;
  const FrameMeta* message = nullptr;  // what it was made of; only rules of one's own look at it
};

// Confined to one thread. A frame costs time in proportion to its own objects, not to those remembered (but
// with Identity::kIou). Memory: at most max_objects, each bounded by its key, 31 scores and 16 lines.
class RuleChain {
 public:
  // kInvalid as check() says, or for an unknown time zone.
  static Result<RuleChain> make(RuleSpec spec, CustomStage custom = {});

  // The next frame, with its message if there are rules of one's own: the objects that alarm now, in its
  // order. With `why`, what was said of each object is appended; without, nothing is spent on it.
  std::vector<ObjectAlarm> next_frame(const FrameView& frame, std::vector<Verdict>* why = nullptr);

  // Since it was made; not a part of the memory.
  const RuleCounts& counts() const { return counts_; }
  const CustomRuleCounts& custom_counts() const { return custom_.counts(); }
  // Objects that were forgotten only because there were more than max_objects.
  std::uint64_t crowded_out() const { return memory_.crowded_out(); }
  std::size_t objects() const { return memory_.size(); }

  // All it remembers, and going on from what another one remembered; what does not hold under these rules is
  // forgotten. Any values are taken.
  RuleState save();
  void restore(RuleState state);

 private:
  // One object in this frame.
  struct Sight {
    std::string_view key;
    std::optional<RuleId> stopped_by;  // of the rules that say whether it counts
    std::optional<Place> place;
    Areas::Set areas = 0;
    std::optional<std::size_t> area;
    std::uint32_t count = 0;
    bool key_is_unique = true;
    Crossing crossing = Crossing::kNone;  // in this frame
    std::size_t line = 0;                 // which
    RememberedObject* object = nullptr;
    CustomStage::Outcome custom;
  };

  RuleChain(RuleSpec spec, std::optional<Schedule> schedule, CustomStage custom);

  void begin_frame(const FrameView& frame);
  std::uint64_t frames_since_last(std::int64_t frame_id) const;
  bool is_gone(std::uint64_t last_frame, std::int64_t last_us) const;
  bool is_quiet(const RememberedObject& object) const;
  bool is_forgotten(const RememberedObject& object) const;
  void forget_those_behind_quiet_ones();

  void identify(const FrameView& frame);
  Claim claim_of(std::uint64_t id) const;
  void find_repeated_keys();
  void see(const FrameView& frame);
  std::optional<RuleId> stopped_before_count(const FrameView& frame, const ObjectView& object, Sight& sight);
  void see_counts();

  std::optional<RuleId> judge(const FrameView& frame, std::size_t i, bool explain);
  void make_room_for(std::string_view key);
  CustomStage::Outcome ask_own_rules(const FrameView& frame, std::size_t i, bool explain);
  void follow(RememberedObject& object, const ObjectView& seen, Sight& sight) const;
  void follow_path(RememberedObject& object, Sight& sight) const;
  void count_in(RememberedObject& object);
  float median_score(const RememberedObject& object) const;
  double score_limit(std::int32_t class_id) const;

  bool passes(RuleId rule, bool passed);
  std::string text_of(const FrameView& frame, std::size_t i, std::optional<RuleId> stopped_by) const;
  std::string area_text(const Sight& sight) const;
  std::string line_text(const Sight& sight) const;

  RuleSpec spec_;
  std::optional<Schedule> schedule_;
  CustomStage custom_;
  Areas areas_;
  std::vector<std::pair<std::size_t, Line>> lines_;  // with their index in the spec
  bool follows_all_;                                 // also those that do not count

  ClockState clock_;
  FrameTime time_;
  std::int64_t last_frame_id_ = 0;
  std::uint64_t now_ = 0;
  ObjectMemory memory_;
  IouTracker iou_;
  RuleCounts counts_{};

  // Of the present frame; members only to keep their memory.
  std::vector<Sight> sights_;
  std::vector<std::string> iou_keys_;
};

}  // namespace stream::decision
