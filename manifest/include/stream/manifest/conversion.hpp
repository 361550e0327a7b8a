// Turns what application-web sends into what a configuration file wants. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "stream/common/json_reader.hpp"

namespace stream::manifest {

enum class Conversion {
  kNone,
  kFraction,       // a number above 1 is a percentage
  kThreshold,      // the same; the mapping writes it over thresholds for each class, too
  kInteger,        // nothing but whole numbers
  kRound,          // to the nearest whole number; done by the mapping, after scaling
  kText,           // as a string
  kBoundingRect,   // HotAreas: the rectangle around all of them, {left, top, width, height}, not negative
  kPolygons,       // HotAreas: lists of {left, top}, not negative
  kAreas,          // HotAreas: lists of {x, y}, as drawn
  kLines,          // TripWires: pairs of {left, top}
  kDirectedLines,  // TripWires: {start, end, direction_start, direction_end} of {x, y}
};

// By its name in a manifest; complains in the reader's error slot.
Conversion read_conversion(const JsonReader& name);

// Empty when nothing is left: no area of three corners or more, no line that was drawn. `is_list`: the value
// is an array of areas or lines, else it is one of them. Complains in the reader's error slot.
std::optional<nlohmann::json> converted(const JsonReader& value, Conversion conversion, bool is_list);

}  // namespace stream::manifest
