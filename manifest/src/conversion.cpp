#include "stream/manifest/conversion.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace stream::manifest {
namespace {

using nlohmann::json;

constexpr std::size_t kMinCorners = 3;
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();

// px of the picture the user drew on; may be negative or outside.
struct Point {
  std::int64_t x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct Wire {
  Point start, end, direction_start, direction_end;
};

Point read_point(const JsonReader& point) {
  return {point["X"].integer(kLeast, kMost), point["Y"].integer(kLeast, kMost)};
}

std::vector<Point> read_area(const JsonReader& area) {
  std::vector<Point> corners;
  for (std::size_t i = 0, count = area.size(); i < count; ++i) corners.push_back(read_point(area[i]));
  return corners;
}

Wire read_wire(const JsonReader& wire) {
  Wire read{read_point(wire["LineStart"]), read_point(wire["LineEnd"]), {}, {}};
  const JsonReader from = wire["DirectStart"], to = wire["DirectEnd"];
  if (from.is_absent() && to.is_absent()) return read;
  read.direction_start = read_point(from);
  read.direction_end = read_point(to);
  return read;
}

// Calls `f` for each of a list, or for the one that stands there.
template <class F>
void each(const JsonReader& value, bool is_list, F f) {
  if (!is_list) {
    f(value);
    return;
  }
  for (std::size_t i = 0, count = value.size(); i < count; ++i) f(value[i]);
}

std::vector<std::vector<Point>> read_areas(const JsonReader& value, bool is_list) {
  std::vector<std::vector<Point>> areas;
  each(value, is_list, [&](const JsonReader& area) {
    if (auto corners = read_area(area); corners.size() >= kMinCorners) areas.push_back(std::move(corners));
  });
  return areas;
}

std::vector<Wire> read_wires(const JsonReader& value, bool is_list) {
  std::vector<Wire> wires;
  each(value, is_list, [&](const JsonReader& reader) {
    if (const Wire wire = read_wire(reader); wire.start != wire.end) wires.push_back(wire);
  });
  return wires;
}

json left_top(const Point& point) {
  return {{"left", point.x}, {"top", point.y}};
}

json x_y(const Point& point) {
  return {{"x", point.x}, {"y", point.y}};
}

Point not_negative(const Point& point) {
  return {std::max<std::int64_t>(point.x, 0), std::max<std::int64_t>(point.y, 0)};
}

std::optional<json> bounding_rect(const std::vector<std::vector<Point>>& areas) {
  Point low{kMost, kMost}, high{0, 0};
  for (const auto& area : areas) {
    for (const Point& corner : area) {
      low = {std::min(low.x, corner.x), std::min(low.y, corner.y)};
      high = {std::max(high.x, corner.x), std::max(high.y, corner.y)};
    }
  }
  low = not_negative(low);
  if (high.x <= low.x || high.y <= low.y) return std::nullopt;
  return json{{"left", low.x}, {"top", low.y}, {"width", high.x - low.x}, {"height", high.y - low.y}};
}

std::optional<json> list_unless_empty(json list) {
  if (list.empty()) return std::nullopt;
  return list;
}

template <class F>
std::optional<json> area_lists(const std::vector<std::vector<Point>>& areas, F corner_of) {
  json lists = json::array();
  for (const auto& area : areas) {
    json corners = json::array();
    for (const Point& corner : area) corners.push_back(corner_of(corner));
    lists.push_back(std::move(corners));
  }
  return list_unless_empty(std::move(lists));
}

std::optional<json> line_pairs(const std::vector<Wire>& wires) {
  json lines = json::array();
  for (const Wire& wire : wires) lines.push_back(json::array({left_top(wire.start), left_top(wire.end)}));
  return list_unless_empty(std::move(lines));
}

std::optional<json> directed_lines(const std::vector<Wire>& wires) {
  json lines = json::array();
  for (const Wire& wire : wires) {
    lines.push_back({{"start", x_y(wire.start)},
                     {"end", x_y(wire.end)},
                     {"direction_start", x_y(wire.direction_start)},
                     {"direction_end", x_y(wire.direction_end)}});
  }
  return list_unless_empty(std::move(lines));
}

json fraction(const JsonReader& value) {
  constexpr double kPercent = 100;
  const double number = value.number(0, kPercent);
  return number > 1 ? json(number / kPercent) : value.is_missing() ? json() : value.raw();
}

json text(const json& value) {
  return value.is_string() ? value : json(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

Conversion read_conversion(const JsonReader& name) {
  // In the order of the enumeration.
  return static_cast<Conversion>(
      name.choice({"none", "fraction", "threshold", "integer", "round", "text", "bounding_rect", "polygons",
                   "areas", "lines", "directed_lines"}));
}

std::optional<json> converted(const JsonReader& value, Conversion conversion, bool is_list) {
  switch (conversion) {
    case Conversion::kNone:
    case Conversion::kRound:
      return value.raw();
    case Conversion::kFraction:
    case Conversion::kThreshold:
      return fraction(value);
    case Conversion::kInteger:
      return value.integer(kLeast, kMost);
    case Conversion::kText:
      return text(value.raw());
    case Conversion::kBoundingRect:
      return bounding_rect(read_areas(value, is_list));
    case Conversion::kPolygons:
      return area_lists(read_areas(value, is_list),
                        [](const Point& at) { return left_top(not_negative(at)); });
    case Conversion::kAreas:
      return area_lists(read_areas(value, is_list), x_y);
    case Conversion::kLines:
      return line_pairs(read_wires(value, is_list));
    case Conversion::kDirectedLines:
      return directed_lines(read_wires(value, is_list));
  }
  return std::nullopt;
}

}  // namespace stream::manifest
