// Plane geometry for areas: points, rectangles, and what a ring of corners encloses.
//
// Coordinates are pixels, x to the right, y down. Pure values, no errors but "encloses nothing".
#pragma once

#include <optional>
#include <vector>

namespace stream::decision {

struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct Rect {
  double left = 0, top = 0, right = 0, bottom = 0;
  double area() const { return (right - left) * (bottom - top); }
};

// Nearer than this is the same place: scaled coordinates are rounded.
inline constexpr double kSamePlacePx = 1e-6;

// How far `c` is to one side of the directed line from `a` to `b`, times its length: more than 0 on one side,
// less on the other, 0 on the line.
inline double cross(Point a, Point b, Point c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// What a closed ring of corners encloses, in whichever sense it runs. Where the ring crosses itself, every
// part that it goes around counts (a figure of eight has two lobes, a pentagram no hole). Immutable.
class Region {
 public:
  // Empty when the ring encloses less than one square pixel: fewer than three corners, or all on a line.
  static std::optional<Region> inside(std::vector<Point> ring);

  bool contains(Point point) const;  // the border belongs to it
  // Its part within the rectangle, px². Costs time in proportion to the square of the corners at worst.
  double overlap(const Rect& rect) const;
  double area() const { return area_; }

 private:
  // A piece between two horizontal lines; pieces do not overlap.
  struct Slice {
    double top, bottom;
    double left_top, left_bottom, right_top, right_bottom;
  };

  explicit Region(std::vector<Point> ring);
  void add_slices(double top, double bottom);

  std::vector<Point> ring_;
  std::vector<Slice> slices_;  // from top to bottom
  double area_ = 0;
};

}  // namespace stream::decision
