#include "filter.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace stream::sim {

namespace {

using Corners = std::array<Point, 4>;

// Twice the signed area of the triangle a, b, c: which side of the line a-b the point c is on.
std::int64_t side(Point a, Point b, Point c) {
  return std::int64_t{b.x - a.x} * (c.y - a.y) - std::int64_t{b.y - a.y} * (c.x - a.x);
}

bool in_bounds(Point a, Point b, Point p) {
  return std::min(a.x, b.x) <= p.x && p.x <= std::max(a.x, b.x) && std::min(a.y, b.y) <= p.y &&
         p.y <= std::max(a.y, b.y);
}

bool on_segment(Point a, Point b, Point p) {
  return side(a, b, p) == 0 && in_bounds(a, b, p);
}

int sign(std::int64_t value) {
  return (value > 0) - (value < 0);
}

bool segments_touch(Point a, Point b, Point c, Point d) {
  return (sign(side(a, b, c)) * sign(side(a, b, d)) < 0 && sign(side(c, d, a)) * sign(side(c, d, b)) < 0) ||
         on_segment(a, b, c) || on_segment(a, b, d) || on_segment(c, d, a) || on_segment(c, d, b);
}

// By the crossings of a ray to the right; points on the outline count as inside.
bool inside_polygon(Point p, const std::vector<Point>& polygon) {
  bool inside = false;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    if (on_segment(a, b, p)) return true;
    if ((a.y > p.y) != (b.y > p.y) && (side(a, b, p) > 0) == (b.y > a.y)) inside = !inside;
  }
  return inside;
}

bool edges_touch(const Corners& corners, const std::vector<Point>& area) {
  for (std::size_t i = 0; i < corners.size(); ++i) {
    for (std::size_t j = 0; j < area.size(); ++j) {
      if (segments_touch(corners[i], corners[(i + 1) % corners.size()], area[j],
                         area[(j + 1) % area.size()])) {
        return true;
      }
    }
  }
  return false;
}

// As the real one reads it: number, character, number, character, number, white space anywhere.
std::int64_t milliseconds_of_day(const JsonReader& node) {
  int hour = 0, minute = 0, second = 0;
  if (std::sscanf(node.text().c_str(), "%d %*c %d %*c %d", &hour, &minute, &second) != 3) {
    node.expected("a time like 07:30:00");
  }
  return ((std::int64_t{hour} * 60 + minute) * 60 + second) * 1000;
}

FilterRule read_rule(const JsonReader& node) {
  constexpr int kMost = 1'000'000'000;
  FilterRule rule;
  rule.type = static_cast<FilterRule::Type>(node.at("type").integer(0, 2));
  if (node.has("alert_first_frame")) rule.alert_first_frame = node.at("alert_first_frame").integer(0, kMost);
  // The real one divides by it and dies of 0.
  if (node.has("alert_frame_skip_nums")) {
    rule.alert_frame_skip_nums = node.at("alert_frame_skip_nums").integer(1, kMost);
  }
  for (const auto& area : node.at("areas").items()) {
    auto& points = rule.areas.emplace_back();
    for (const auto& point : area.items()) {
      points.push_back({point.at("left").integer(), point.at("top").integer()});
    }
  }
  for (const auto& one : node.at("classes").items()) rule.classes.push_back(one.integer());
  for (const auto& time : node.at("times").items()) {
    rule.times.emplace_back(milliseconds_of_day(time.at("time_start")),
                            milliseconds_of_day(time.at("time_end")));
  }
  return rule;
}

bool is_open(const FilterRule& rule, std::int64_t timestamp_us) {
  constexpr std::int64_t kMillisecondsOfDay = 86'400'000;
  const std::int64_t now = timestamp_us % kMillisecondsOfDay;
  return std::any_of(rule.times.begin(), rule.times.end(),
                     [now](const auto& time) { return time.first <= now && now <= time.second; });
}

// What an object is called when its frames are counted; empty when it has no such name.
std::string name_of(const FilterRule& rule, const Objects& objects, std::size_t index) {
  if (rule.type == FilterRule::Type::kRecognise && index < objects.plates.size()) {
    return objects.plates[index].label;
  }
  if (rule.type == FilterRule::Type::kTrack && index < objects.track_ids.size()) {
    return std::to_string(objects.track_ids[index]);
  }
  return {};
}

template <class T>
void keep_only(std::vector<T>& list, const std::vector<bool>& keep) {
  std::vector<T> kept;
  for (std::size_t i = 0; i < list.size() && i < keep.size(); ++i) {
    if (keep[i]) kept.push_back(std::move(list[i]));
  }
  list = std::move(kept);
}

// Drops the detections for which `wanted` is false, and what is in step with them as far as the type goes.
// True when something is left.
template <class Wanted>
bool thin(const FilterRule& rule, Objects& objects, Wanted wanted) {
  std::vector<bool> keep;
  for (std::size_t i = 0; i < objects.detections.size(); ++i) keep.push_back(wanted(i));
  keep_only(objects.detections, keep);
  if (rule.type == FilterRule::Type::kRecognise) keep_only(objects.plates, keep);
  if (rule.type == FilterRule::Type::kTrack) keep_only(objects.track_ids, keep);
  return !objects.detections.empty();
}

}  // namespace

bool meets_area(const picture::Rect& box, const std::vector<Point>& area) {
  if (area.empty()) return true;
  const int right = box.x + box.width, bottom = box.y + box.height;
  const Corners corners = {Point{box.x, box.y}, {right, box.y}, {right, bottom}, {box.x, bottom}};
  if (area.size() >= 3) {
    return !edges_touch(corners, area) && std::all_of(corners.begin(), corners.end(), [&](Point corner) {
      return inside_polygon(corner, area);
    });
  }
  const bool end_inside =
      std::any_of(area.begin(), area.end(), [&](Point p) { return in_bounds(corners[0], corners[2], p); });
  return end_inside || edges_touch(corners, area);
}

FilterConfig read_filter(const JsonReader& configure) {
  FilterConfig config;
  for (const auto& channel : configure.at("rules").items()) {
    auto& rules = config.rules[channel.at("channel_id").integer()];
    for (const auto& node : channel.at("filters").items()) rules.push_back(read_rule(node));
  }
  return config;
}

Filter::Filter(const FilterConfig& config, int channel_id) {
  const auto found = config.rules.find(channel_id);
  passes_all_ = found == config.rules.end();
  if (!passes_all_) rules_ = found->second;
}

bool Filter::pass(Objects& objects, std::int64_t timestamp_us) {
  if (passes_all_) return true;
  bool passed = false;
  // Each rule works on what the one before it has left, as in the real one.
  for (const auto& rule : rules_) passed = apply(rule, objects, timestamp_us) || passed;
  return passed;
}

bool Filter::apply(const FilterRule& rule, Objects& objects, std::int64_t timestamp_us) {
  if (objects.detections.empty() || !is_open(rule, timestamp_us)) return false;
  const bool found =
      thin(rule, objects,
           [&](std::size_t i) {
             return std::count(rule.classes.begin(), rule.classes.end(), objects.detections[i].class_id) > 0;
           }) &&
      thin(rule, objects, [&](std::size_t i) {
        return std::any_of(rule.areas.begin(), rule.areas.end(),
                           [&](const auto& area) { return meets_area(objects.detections[i].box, area); });
      });
  if (!found) return false;
  count(objects);
  if (rule.type == FilterRule::Type::kClass) return true;
  // Who is due is decided before the lists move.
  std::vector<bool> due;
  for (std::size_t i = 0; i < objects.detections.size(); ++i) {
    due.push_back(is_due(rule, name_of(rule, objects, i)));
  }
  return thin(rule, objects, [&](std::size_t i) { return due[i]; });
}

void Filter::count(const Objects& objects) {
  std::map<std::string, int> frames;
  const auto see = [&](const std::string& name) { frames[name] = consecutive_frames_[name] + 1; };
  for (const auto& plate : objects.plates) see(plate.label);
  for (const auto id : objects.track_ids) see(std::to_string(id));
  consecutive_frames_ = std::move(frames);
}

bool Filter::is_due(const FilterRule& rule, const std::string& name) const {
  const auto seen = consecutive_frames_.find(name);
  if (seen == consecutive_frames_.end() || seen->second <= rule.alert_first_frame) return false;
  return (seen->second - rule.alert_first_frame - 1) % rule.alert_frame_skip_nums == 0;
}

}  // namespace stream::sim
