// The rules of one algorithm of one task, as values. What each does, and how they combine: rule_chain.hpp.
// Everything but in_frames and out_frames is off by default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "areas.hpp"
#include "line.hpp"
#include "schedule.hpp"
#include "stream/common/result.hpp"

namespace stream::decision {

enum class Identity {
  kKey,  // an object is the one that had its key in an earlier frame
  kIou,  // ... the one that was where it is (iou_tracker.hpp); keys are numbers then
};

struct SizeLimits {
  std::int32_t min_px = 0;  // of the box's shorter side
  std::int32_t max_px = 0;  // of its longer side; 0: no limit
  bool operator==(const SizeLimits&) const = default;
};

// From 0 to 1.
struct ScoreLimits {
  double others = 0;  // classes without one of their own
  std::map<std::int32_t, double> by_class;
  bool operator==(const ScoreLimits&) const = default;
};

inline constexpr std::size_t kMostLines = 16;
inline constexpr std::uint64_t kMostFrames = 0xFFFF'FFFF;            // any rule that counts frames
inline constexpr std::int64_t kLongestUs = 7LL * 86400 * 1'000'000;  // any rule that measures time

struct RuleSpec {
  std::int64_t sample_interval = 1;  // a frame's id grows by this from frame to frame; at least 1
  std::uint64_t in_frames = 3;       // n, at least 1
  std::uint64_t out_frames = 5;      // m, at least 1
  std::size_t max_objects = 10000;   // remembered at a time, at least 1

  Identity identity = Identity::kKey;
  double iou_min = 0.3;  // more than 0, at most 1

  Canvas drawn;  // the picture on which areas and lines were drawn
  Anchor anchor = Anchor::kBottomCentre;

  std::optional<ScheduleSpec> schedule;
  std::optional<std::vector<std::int32_t>> classes;  // that an object can be of
  std::optional<SizeLimits> size;
  std::vector<std::vector<Point>> areas;  // of those that enclose something, an object must be in one
  double min_overlap = 0;                 // share of the box that is to be inside; 0: the anchor decides
  std::uint32_t min_count = 0;            // objects that are to be in the area; 0 and 1: no rule

  std::uint64_t track_interval = 0;  // frames; 0 and 1: no rule
  std::optional<ScoreLimits> scores;
  std::int64_t stay_us = 0;   // to be there; 0: no rule
  std::int64_t leave_us = 0;  // to be away until it has left; 0: out_frames alone decide
  std::vector<LineSpec> lines;
  double hysteresis_px = 5;          // of the drawing, not negative
  std::uint64_t alarm_interval = 0;  // frames; 0: no rule

  bool operator==(const RuleSpec&) const = default;
};

// kInvalid when a member is not as it is said above, or there are too many areas, corners or lines; names the
// member, what was found and what was expected. (Time zones are looked up when a RuleChain is made.)
Status check(const RuleSpec& spec);

}  // namespace stream::decision
