#include "manifest_rules.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace stream::decision {
namespace {

std::vector<Point> points_of(const std::vector<manifest::DrawnPoint>& drawn) {
  std::vector<Point> points;
  points.reserve(drawn.size());
  for (const auto& [x, y] : drawn) points.push_back({x, y});
  return points;
}

LineSpec line_of(const manifest::DrawnLine& drawn) {
  const auto point = [](manifest::DrawnPoint from) { return Point{from.x, from.y}; };
  return {point(drawn.start), point(drawn.end), point(drawn.direction_start), point(drawn.direction_end)};
}

std::int64_t microseconds(double seconds) {
  return std::llround(seconds * 1e6);
}

ScheduleSpec schedule_of(const manifest::ScheduleRule& rule) {
  ScheduleSpec schedule{rule.weekdays, {}, rule.time_zone};
  for (const auto& [begin_s, end_s] : rule.ranges) schedule.ranges.push_back({begin_s, end_s});
  return schedule;
}

// A name stands for every class that has it. Empty: there is no such class.
std::vector<std::int32_t> classes_called(const std::string& name, const std::vector<std::string>& labels) {
  std::vector<std::int32_t> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == name) classes.push_back(static_cast<std::int32_t>(i));
  }
  if (!classes.empty()) return classes;
  std::int32_t number = 0;
  const char* end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data(), end, number);
  if (error == std::errc() && stopped == end) classes.push_back(number);
  return classes;
}

tl::unexpected<Error> no_such_class(std::string_view where, const std::string& name) {
  return fail(ErrorCode::kInvalid, "{}: found {}, expected one of /labels, or the number of a class", where,
              name);
}

Result<ScoreLimits> limits_of(const manifest::ThresholdRule& rule, const std::vector<std::string>& labels) {
  ScoreLimits limits{rule.others, {}};
  for (const auto& [name, least] : rule.by_class) {
    const auto classes = classes_called(name, labels);
    if (classes.empty()) return no_such_class("/rules/threshold/by_class", name);
    for (const std::int32_t number : classes) limits.by_class[number] = least;
  }
  return limits;
}

Result<std::vector<std::int32_t>> classes_of(const manifest::ClassRule& rule,
                                             const std::vector<std::string>& labels) {
  std::vector<std::int32_t> all;
  for (const auto& name : rule.only) {
    const auto classes = classes_called(name, labels);
    if (classes.empty()) return no_such_class("/rules/class/only", name);
    all.insert(all.end(), classes.begin(), classes.end());
  }
  return all;
}

}  // namespace

Result<RuleSpec> rule_spec_of(const manifest::LogicPart& part, const DeciderOptions& options) {
  const auto& rules = part.rules;
  RuleSpec spec;
  spec.sample_interval = options.sample_interval;
  spec.max_objects = options.max_objects;
  spec.in_frames = static_cast<std::uint64_t>(rules.seen.in_frames);
  spec.out_frames = static_cast<std::uint64_t>(rules.seen.out_frames);
  if (part.object.key == manifest::ObjectKey::kPosition) {
    spec.identity = Identity::kIou;
    spec.iou_min = part.object.iou_min;
  }
  if (rules.drawn_on) spec.drawn = {rules.drawn_on->width, rules.drawn_on->height};
  if (rules.anchor == manifest::Anchor::kCenter) spec.anchor = Anchor::kCentre;
  if (rules.schedule) spec.schedule = schedule_of(*rules.schedule);
  if (rules.of_class && !rules.of_class->only.empty()) {
    auto classes = classes_of(*rules.of_class, part.labels);
    if (!classes) return tl::unexpected(std::move(classes.error()));
    spec.classes = *std::move(classes);
  }
  if (rules.size) spec.size = {rules.size->min_px, rules.size->max_px.value_or(0)};
  if (rules.area) {
    for (const auto& area : rules.area->areas) spec.areas.push_back(points_of(area));
    spec.min_overlap = rules.area->min_overlap;
  }
  if (rules.count) spec.min_count = static_cast<std::uint32_t>(rules.count->min);
  if (rules.track_interval) spec.track_interval = static_cast<std::uint64_t>(rules.track_interval->frames);
  if (rules.threshold) {
    auto limits = limits_of(*rules.threshold, part.labels);
    if (!limits) return tl::unexpected(std::move(limits.error()));
    spec.scores = *std::move(limits);
  }
  if (rules.stay) {
    spec.stay_us = microseconds(rules.stay->stay_s);
    spec.leave_us = microseconds(rules.stay->leave_s);
  }
  if (rules.line) {
    for (const auto& line : rules.line->lines) spec.lines.push_back(line_of(line));
    spec.hysteresis_px = rules.line->hysteresis_px;
  }
  if (rules.alarm_interval) spec.alarm_interval = static_cast<std::uint64_t>(rules.alarm_interval->frames);
  return spec;
}

}  // namespace stream::decision
