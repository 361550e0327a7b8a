#include "line.hpp"

#include <cmath>

namespace stream::decision {
namespace {

constexpr double kShortest_px = 1;

// On which side of a line; 0: on it.
int side_at(double distance) {
  return distance > kSamePlacePx ? 1 : distance < -kSamePlacePx ? -1 : 0;
}

}  // namespace

std::optional<Line> Line::from(const LineSpec& spec, double hysteresis_px) {
  if (std::hypot(spec.end.x - spec.start.x, spec.end.y - spec.start.y) < kShortest_px) return std::nullopt;
  return Line(spec, hysteresis_px);
}

Line::Line(const LineSpec& spec, double hysteresis_px)
    : start_(spec.start),
      end_(spec.end),
      length_(std::hypot(end_.x - start_.x, end_.y - start_.y)),
      hysteresis_px_(hysteresis_px),
      wanted_side_(side_at(distance(spec.direction_end) - distance(spec.direction_start))) {}

double Line::distance(Point point) const {
  return cross(start_, end_, point) / length_;
}

Crossing Line::follow(LineSide& memory, const std::optional<Point>& last, Point point) const {
  const double here = distance(point);
  // On the line it has not changed sides yet.
  if (const int side = side_at(here); side != 0) {
    if (last && memory.side != 0 && side != memory.side) {
      memory.went_through = passes_between_ends(*last, distance(*last), point, here);
    }
    memory.side = side;
  }
  if (std::abs(here) <= hysteresis_px_ + kSamePlacePx || memory.side == memory.clear) return Crossing::kNone;
  const bool changed_sides = memory.clear != 0;
  memory.clear = memory.side;
  if (!changed_sides || !memory.went_through) return Crossing::kNone;
  return wanted_side_ == 0 || wanted_side_ == memory.side ? Crossing::kWanted : Crossing::kUnwanted;
}

bool Line::passes_between_ends(Point from, double from_distance, Point to, double to_distance) const {
  const double t = from_distance / (from_distance - to_distance);
  const Point at{from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t};
  // How far along the line that is, px.
  const double along =
      ((at.x - start_.x) * (end_.x - start_.x) + (at.y - start_.y) * (end_.y - start_.y)) / length_;
  return along >= -kSamePlacePx && along <= length_ + kSamePlacePx;
}

}  // namespace stream::decision
