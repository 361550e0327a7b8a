// When a path crosses a line.
//
// A path is followed point by point. It has crossed the line when it was clear of it on one side, is clear of
// it on the other, and passed through between the line's ends when it last changed sides. Clear is who is
// farther from the line (taken as endless) than the hysteresis; so what only touches the line, or trembles on
// it, crosses nothing, and what goes through and on crosses once. A path that begins on the line, or too
// near, has no side yet; it takes the first on which it is clear.
//
// Pure; no errors.
#pragma once

#include <cstdint>
#include <optional>

#include "geometry.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::decision {

// A line as it was drawn, px. A direction of no length, or along the line, is none: both ways count.
struct LineSpec {
  Point start, end;
  Point direction_start, direction_end;
  bool operator==(const LineSpec&) const = default;
};

enum class Crossing { kNone, kWanted, kUnwanted };  // kUnwanted: against the direction

// Immutable.
class Line {
 public:
  // Empty for a line shorter than a pixel.
  static std::optional<Line> from(const LineSpec& spec, double hysteresis_px);

  // The path goes on from `last` (empty: it begins) to `point`.
  Crossing follow(LineSide& memory, const std::optional<Point>& last, Point point) const;

  // How far the point is from the line, taken as endless, px; its sign is the side.
  double distance(Point point) const;

 private:
  Line(const LineSpec& spec, double hysteresis_px);
  bool passes_between_ends(Point from, double from_distance, Point to, double to_distance) const;

  Point start_, end_;
  double length_;
  double hysteresis_px_;
  int wanted_side_;  // to which a crossing must lead; 0: either
};

}  // namespace stream::decision
