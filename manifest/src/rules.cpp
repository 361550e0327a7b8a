#include "stream/manifest/rules.hpp"

#include <date/tz.h>

#include <limits>
#include <stdexcept>
#include <tuple>

#include "stream/manifest/algorithm.hpp"

namespace stream::manifest {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr double kMostPx = 1e6;
constexpr double kMostSeconds = 7.0 * 86400;
constexpr std::size_t kMaxAreas = 16, kMaxCorners = 100, kMaxLines = 16, kMaxRanges = 64, kMaxCustom = 8;

void read(const JsonReader& reader, std::int32_t& value, std::int64_t least, std::int64_t most = kMost) {
  if (!reader.is_missing()) value = static_cast<std::int32_t>(reader.integer(least, most));
}

void read(const JsonReader& reader, double& value, double least, double most) {
  if (!reader.is_missing()) value = reader.number(least, most);
}

// Calls `f` for each element.
template <class F>
void each(const JsonReader& array, std::size_t most, F f) {
  if (array.is_missing()) return;
  const std::size_t count = array.size();
  if (count > most) {
    array.complain(fmt::format("{} elements", count), fmt::format("at most {}", most));
    return;
  }
  for (std::size_t i = 0; i < count; ++i) f(array[i]);
}

DrawnPoint read_point(const JsonReader& point) {
  point.expect_only({"x", "y"});
  constexpr double kFarthest = 2147483648;  // whatever application-web can send
  return {point["x"].number(-kFarthest, kFarthest), point["y"].number(-kFarthest, kFarthest)};
}

PictureSize read_size(const JsonReader& size) {
  size.expect_only({"width", "height"});
  return {static_cast<std::int32_t>(size["width"].integer(1, kMost)),
          static_cast<std::int32_t>(size["height"].integer(1, kMost))};
}

SeenRule read_seen(const JsonReader& rule) {
  rule.expect_only({"in_frames", "out_frames"});
  SeenRule seen;
  read(rule["in_frames"], seen.in_frames, 1);
  read(rule["out_frames"], seen.out_frames, 1);
  return seen;
}

AreaRule read_area(const JsonReader& rule) {
  rule.expect_only({"areas", "min_overlap"});
  AreaRule area;
  each(rule["areas"], kMaxAreas, [&](const JsonReader& corners) {
    auto& ring = area.areas.emplace_back();
    each(corners, kMaxCorners, [&](const JsonReader& corner) { ring.push_back(read_point(corner)); });
  });
  read(rule["min_overlap"], area.min_overlap, 0, 1);
  return area;
}

LineRule read_line(const JsonReader& rule) {
  rule.expect_only({"lines", "hysteresis_px"});
  LineRule line;
  each(rule["lines"], kMaxLines, [&](const JsonReader& drawn) {
    drawn.expect_only({"start", "end", "direction_start", "direction_end"});
    DrawnLine one{read_point(drawn["start"]), read_point(drawn["end"]), {}, {}};
    const JsonReader from = drawn["direction_start"], to = drawn["direction_end"];
    if (!from.is_missing() || !to.is_missing()) {
      one.direction_start = read_point(from);
      one.direction_end = read_point(to);
    }
    line.lines.push_back(one);
  });
  read(rule["hysteresis_px"], line.hysteresis_px, 0, kMostPx);
  return line;
}

SizeRule read_box_size(const JsonReader& rule) {
  rule.expect_only({"min_px", "max_px"});
  SizeRule size;
  read(rule["min_px"], size.min_px, 0);
  if (const JsonReader most = rule["max_px"]; !most.is_missing()) read(most, size.max_px.emplace(), 0);
  return size;
}

ThresholdRule read_threshold(const JsonReader& rule) {
  rule.expect_only({"others", "by_class"});
  ThresholdRule threshold;
  read(rule["others"], threshold.others, 0, 1);
  const JsonReader classes = rule["by_class"];
  if (classes.is_missing()) return threshold;
  classes.expect_object();
  if (!classes.raw().is_object()) return threshold;
  for (const auto& [name, least] : classes.raw().items())
    threshold.by_class[name] = classes[name].number(0, 1);
  return threshold;
}

ClassRule read_class(const JsonReader& rule) {
  rule.expect_only({"only"});
  ClassRule classes;
  if (const JsonReader only = rule["only"]; !only.is_missing()) {
    for (std::size_t i = 0, count = only.size(); i < count; ++i) classes.only.push_back(only[i].string());
  }
  return classes;
}

FramesRule read_frames(const JsonReader& rule) {
  rule.expect_only({"frames"});
  FramesRule frames;
  read(rule["frames"], frames.frames, 0);
  return frames;
}

StayRule read_stay(const JsonReader& rule) {
  rule.expect_only({"stay_s", "leave_s"});
  StayRule stay;
  read(rule["stay_s"], stay.stay_s, 0, kMostSeconds);
  read(rule["leave_s"], stay.leave_s, 0, kMostSeconds);
  return stay;
}

CountRule read_count(const JsonReader& rule) {
  rule.expect_only({"min"});
  CountRule count;
  read(rule["min"], count.min, 1);
  return count;
}

// "HH:MM" or "HH:MM:SS", as seconds of the day; -1 for anything else.
std::int32_t seconds_of(std::string_view text) {
  constexpr std::int32_t kDay = 86400, kSixty = 60;
  if (text.size() != 5 && text.size() != 8) return -1;
  std::int32_t seconds = 0;
  for (std::size_t i = 0; i < 8; i += 3) {
    std::int32_t part = 0;
    if (i < text.size()) {
      if (i > 0 && text[i - 1] != ':') return -1;
      for (const char digit : text.substr(i, 2)) {
        if (digit < '0' || digit > '9') return -1;
        part = part * 10 + (digit - '0');
      }
      if (i > 0 && part >= kSixty) return -1;
    }
    seconds = seconds * kSixty + part;
  }
  return seconds <= kDay ? seconds : -1;
}

std::int32_t read_time(const JsonReader& time) {
  const std::int32_t seconds = seconds_of(time.string());
  if (seconds < 0) time.complain("a time of the day such as \"06:30\", \"22:00:15\" or \"24:00\"");
  return seconds;
}

// Looked up here, so that whoever says a wrong one is told, and not the log of a logic-node.
bool is_time_zone(const std::string& name) {
  try {
    std::ignore = date::locate_zone(name);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

ScheduleRule read_schedule(const JsonReader& rule) {
  rule.expect_only({"weekdays", "ranges", "time_zone"});
  ScheduleRule schedule;
  if (const JsonReader days = rule["weekdays"]; !days.is_missing()) {
    schedule.weekdays.fill(false);
    each(days, schedule.weekdays.size(), [&](const JsonReader& day) {
      schedule.weekdays[day.choice({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})] = true;
    });
  }
  each(rule["ranges"], kMaxRanges, [&](const JsonReader& range) {
    range.expect_only({"begin", "end"});
    const DayRange one{read_time(range["begin"]), read_time(range["end"])};
    if (one.begin_s == one.end_s) range["end"].complain("another time than begin");
    if (one.begin_s == DayRange{}.end_s) range["begin"].complain("a time before 24:00");
    schedule.ranges.push_back(one);
  });
  if (const JsonReader zone = rule["time_zone"]; !zone.is_missing()) {
    schedule.time_zone = zone.string();
    if (!is_time_zone(schedule.time_zone)) zone.complain("the name of a time zone such as Asia/Shanghai");
  }
  return schedule;
}

std::map<std::string, nlohmann::json> read_custom(const JsonReader& rules) {
  std::map<std::string, nlohmann::json> custom;
  if (rules.is_absent()) return custom;
  rules.expect_object();
  if (!rules.raw().is_object()) return custom;
  if (const auto count = rules.raw().size(); count > kMaxCustom)
    rules.complain(fmt::format("{} rules", count), fmt::format("at most {}", kMaxCustom));
  for (const auto& [name, parameters] : rules.raw().items()) {
    const JsonReader rule = rules[name];
    if (!is_plain_name(name)) rule.complain("such a name", "letters, digits, _, - and ., and no dot first");
    if (rule.is_absent()) continue;
    rule.expect_object();
    custom.emplace(name, parameters);
  }
  return custom;
}

template <class Rule>
void read_optional(const JsonReader& reader, std::optional<Rule>& rule,
                   Rule (*read_rule)(const JsonReader&)) {
  if (!reader.is_absent()) rule = read_rule(reader);
}

}  // namespace

Rules read_rules(const JsonReader& rules) {
  Rules read;
  if (rules.is_missing()) return read;
  rules.expect_only({"anchor", "drawn_on", "seen", "area", "line", "class", "size", "threshold",
                     "track_interval", "alarm_interval", "stay", "count", "schedule", "custom"});
  if (const JsonReader anchor = rules["anchor"]; !anchor.is_absent())
    read.anchor = static_cast<Anchor>(anchor.choice({"bottom_center", "center"}));
  if (const JsonReader size = rules["drawn_on"]; !size.is_absent()) read.drawn_on = read_size(size);
  if (const JsonReader seen = rules["seen"]; !seen.is_absent()) read.seen = read_seen(seen);
  read_optional(rules["area"], read.area, read_area);
  read_optional(rules["line"], read.line, read_line);
  read_optional(rules["class"], read.of_class, read_class);
  read_optional(rules["size"], read.size, read_box_size);
  read_optional(rules["threshold"], read.threshold, read_threshold);
  read_optional(rules["track_interval"], read.track_interval, read_frames);
  read_optional(rules["alarm_interval"], read.alarm_interval, read_frames);
  read_optional(rules["stay"], read.stay, read_stay);
  read_optional(rules["count"], read.count, read_count);
  read_optional(rules["schedule"], read.schedule, read_schedule);
  read.custom = read_custom(rules["custom"]);
  return read;
}

}  // namespace stream::manifest
