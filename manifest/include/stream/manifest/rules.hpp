// When an algorithm alarms: its rules and their numbers, as a manifest or a task says them. What they mean is
// the logic-node's; docs/manifest.md describes the format.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stream/common/json_reader.hpp"

namespace stream::manifest {

// Seen in so many frames, forgotten after so many without.
struct SeenRule {
  std::int32_t in_frames = 3, out_frames = 5;
  bool operator==(const SeenRule&) const = default;
};

// px of the picture that was drawn on.
struct DrawnPoint {
  double x = 0, y = 0;
  bool operator==(const DrawnPoint&) const = default;
};

struct PictureSize {
  std::int32_t width = 0, height = 0;
  bool operator==(const PictureSize&) const = default;
};

enum class Anchor { kBottomCenter, kCenter };

// Inside one of the areas; no areas: everywhere.
struct AreaRule {
  std::vector<std::vector<DrawnPoint>> areas;
  double min_overlap = 0;  // share of the box that is to be inside; 0: the anchor decides
  bool operator==(const AreaRule&) const = default;
};

// A direction of no length: both ways.
struct DrawnLine {
  DrawnPoint start, end, direction_start, direction_end;
  bool operator==(const DrawnLine&) const = default;
};

// Crosses one of the lines; no lines: no crossing is asked for.
struct LineRule {
  std::vector<DrawnLine> lines;
  double hysteresis_px = 5;
  bool operator==(const LineRule&) const = default;
};

// Of one of these classes, by name or number as text; none: of any.
struct ClassRule {
  std::vector<std::string> only;
  bool operator==(const ClassRule&) const = default;
};

// Of the box's shorter side at least, of its longer side at most.
struct SizeRule {
  std::int32_t min_px = 0;
  std::optional<std::int32_t> max_px;
  bool operator==(const SizeRule&) const = default;
};

// Least scores, 0 to 1.
struct ThresholdRule {
  double others = 0;
  std::map<std::string, double> by_class;  // by the class's name, or its number as text
  bool operator==(const ThresholdRule&) const = default;
};

// A number of frames: that an object must have been there before its first alarm; that it is quiet after one.
struct FramesRule {
  std::int32_t frames = 0;
  bool operator==(const FramesRule&) const = default;
};

struct StayRule {
  double stay_s = 0, leave_s = 0;
  bool operator==(const StayRule&) const = default;
};

// Objects at a time.
struct CountRule {
  std::int32_t min = 1;
  bool operator==(const CountRule&) const = default;
};

// Seconds of the day; one that ends before it begins goes on past midnight.
struct DayRange {
  std::int32_t begin_s = 0, end_s = 86400;
  bool operator==(const DayRange&) const = default;
};

struct ScheduleRule {
  std::array<bool, 7> weekdays = {true, true, true, true, true, true, true};  // Monday first
  std::vector<DayRange> ranges;                                               // none: the whole day
  std::string time_zone = "UTC";                                              // IANA name
  bool operator==(const ScheduleRule&) const = default;
};

// An empty rule is off.
struct Rules {
  Anchor anchor = Anchor::kBottomCenter;  // of area and line
  std::optional<PictureSize> drawn_on;    // areas and lines; empty: a picture of the frame's size
  SeenRule seen;
  std::optional<AreaRule> area;
  std::optional<LineRule> line;
  std::optional<ClassRule> of_class;
  std::optional<SizeRule> size;
  std::optional<ThresholdRule> threshold;
  std::optional<FramesRule> track_interval;
  std::optional<FramesRule> alarm_interval;
  std::optional<StayRule> stay;
  std::optional<CountRule> count;
  std::optional<ScheduleRule> schedule;
  // Rules of one's own, in C++: their parameters, objects, by name. Only who has them knows what these mean.
  std::map<std::string, nlohmann::json> custom;
  bool operator==(const Rules&) const = default;
};

// Strict; complains in the reader's error slot. A missing object is one without members.
Rules read_rules(const JsonReader& rules);

}  // namespace stream::manifest
