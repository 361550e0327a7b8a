// What the rules said of an object: the answer to "why was there no alarm?".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stream::decision {

// In the order in which they are asked.
enum class RuleId {
  // Does it count in this frame?
  kSchedule,
  kClass,
  kSize,
  kArea,
  kCount,
  kIdentity,  // it has a key, and is the first in the frame with it
  // Is it time to alarm?
  kSeen,
  kTrackInterval,
  kScore,
  kStay,
  kCustom,  // the rules of one's own, each counted under its own name
  kLine,
  kOnce,
  kAlarmInterval,
};
inline constexpr std::size_t kRules = 14;

// For metrics and people: "area", "alarm_interval".
constexpr std::string_view name_of(RuleId rule) {
  constexpr std::array<std::string_view, kRules> kNames = {
      "schedule",       "class",     "size", "area",   "count", "identity", "seen",
      "track_interval", "threshold", "stay", "custom", "line",  "once",     "alarm_interval"};
  return kNames[static_cast<std::size_t>(rule)];
}

// Objects, each counted once per frame. Rules that are off count nothing.
struct RuleCount {
  std::uint64_t passed = 0, stopped = 0;
  bool operator==(const RuleCount&) const = default;
};
using RuleCounts = std::array<RuleCount, kRules>;  // by RuleId

// The same of a rule of one's own.
struct CustomRuleCount {
  std::string name;
  RuleCount objects;
  std::uint64_t failed = 0;  // times that it has thrown something, or remembered more than can be handed over
  std::string failure;       // the last of these
  bool operator==(const CustomRuleCount&) const = default;
};
using CustomRuleCounts = std::vector<CustomRuleCount>;  // by name

struct Verdict {
  std::size_t object = 0;  // index in the frame
  std::string key;         // empty: it has none
  std::int64_t frame_id = 0;
  std::optional<RuleId> stopped_by;  // empty: it alarms
  std::string text;                  // why, with the values: "anchor 412,310 outside area 1"
  std::string custom = {};           // the name of the rule, for kCustom
  bool operator==(const Verdict&) const = default;
};

}  // namespace stream::decision
