// The filter element: lets a frame through only when one of its rules finds something in it. With the real
// one's habits, because the pipeline has to live with them:
// - a rule without areas, classes or times lets nothing through;
// - a box passes a polygon only when all of it is inside, and a line of two points when it touches it;
// - type 2 thins the detections but not the lists in step with them;
// - an object passes in the frame after `alert_first_frame` consecutive ones, then every
//   `alert_frame_skip_nums` frames, by plate (type 0) or track id (type 1); type 2 does not count;
// - the time of day is mTimestamp taken as milliseconds though it is microseconds, and "23 59 59" with spaces
//   reads as 23:09:09, so that about 3 s of every 86 s are lost.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "json_reader.hpp"
#include "objects.hpp"

namespace stream::sim {

struct Point {
  int x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct FilterRule {
  enum class Type { kRecognise = 0, kTrack = 1, kClass = 2 };
  Type type = Type::kClass;
  int alert_first_frame = 0;
  int alert_frame_skip_nums = 1;
  std::vector<std::vector<Point>> areas;
  std::vector<int> classes;
  std::vector<std::pair<std::int64_t, std::int64_t>> times;  // from, to; ms of the day
};

struct FilterConfig {
  std::map<int, std::vector<FilterRule>> rules;  // by channel_id; other channels pass as they are
};

// Errors go to the reader.
FilterConfig read_filter(const JsonReader& configure);

// The filter of one channel. Confined to one thread.
class Filter {
 public:
  Filter(const FilterConfig& config, int channel_id);

  // Thins `objects`; false when the frame is not let through.
  bool pass(Objects& objects, std::int64_t timestamp_us);

 private:
  bool apply(const FilterRule& rule, Objects& objects, std::int64_t timestamp_us);
  void count(const Objects& objects);
  bool is_due(const FilterRule& rule, const std::string& name) const;

  bool passes_all_ = false;
  std::vector<FilterRule> rules_;
  std::map<std::string, int> consecutive_frames_;  // by plate or track id
};

// All of `box` lies inside `area` (three points or more), or `box` touches `area` (a point or a line).
bool meets_area(const picture::Rect& box, const std::vector<Point>& area);

}  // namespace stream::sim
