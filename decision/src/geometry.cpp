#include "geometry.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace stream::decision {
namespace {

constexpr double kSmallestArea = 1;

struct Edge {
  Point from, to;
};

Edge edge(const std::vector<Point>& ring, std::size_t i) {
  return {ring[i], ring[(i + 1) % ring.size()]};
}

double x_at(const Edge& e, double y) {
  return e.from.x + (e.to.x - e.from.x) * ((y - e.from.y) / (e.to.y - e.from.y));
}

bool is_on(const Edge& e, Point p) {
  constexpr double kNear = kSamePlacePx;
  if (p.x < std::min(e.from.x, e.to.x) - kNear || p.x > std::max(e.from.x, e.to.x) + kNear) return false;
  if (p.y < std::min(e.from.y, e.to.y) - kNear || p.y > std::max(e.from.y, e.to.y) + kNear) return false;
  return std::abs(cross(e.from, e.to, p)) <= kNear * std::hypot(e.to.x - e.from.x, e.to.y - e.from.y);
}

// Height at which two edges cross, when they do in one point.
std::optional<double> crossing_y(const Edge& a, const Edge& b) {
  const double from = cross(b.from, b.to, a.from);
  const double to = cross(b.from, b.to, a.to);
  if ((from < 0) == (to < 0) || from == to) return std::nullopt;
  if ((cross(a.from, a.to, b.from) < 0) == (cross(a.from, a.to, b.to) < 0)) return std::nullopt;
  return a.from.y + (a.to.y - a.from.y) * (from / (from - to));
}

// A convex polygon of at most eight corners: what a piece of four can become when a rectangle cuts it.
class Convex {
 public:
  void add(Point p) {
    if (count_ < corners_.size()) corners_[count_++] = p;
  }

  // Keeps the part where inside(p) >= 0; inside is linear in p.
  template <class Inside>
  Convex cut(Inside inside) const {
    Convex kept;
    for (std::size_t i = 0; i < count_; ++i) {
      const Point a = corners_[i], b = corners_[(i + 1) % count_];
      const double at_a = inside(a), at_b = inside(b);
      if (at_a >= 0) kept.add(a);
      if ((at_a >= 0) == (at_b >= 0)) continue;
      const double t = at_a / (at_a - at_b);
      kept.add({a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t});
    }
    return kept;
  }

  double area() const {
    double twice = 0;
    for (std::size_t i = 2; i < count_; ++i) twice += cross(corners_[0], corners_[i - 1], corners_[i]);
    return std::abs(twice) / 2;
  }

 private:
  std::array<Point, 8> corners_;
  std::size_t count_ = 0;
};

}  // namespace

std::optional<Region> Region::inside(std::vector<Point> ring) {
  ring.erase(std::unique(ring.begin(), ring.end()), ring.end());
  while (ring.size() > 1 && ring.front() == ring.back()) ring.pop_back();
  if (ring.size() < 3) return std::nullopt;
  Region region(std::move(ring));
  if (region.area_ < kSmallestArea) return std::nullopt;
  return region;
}

Region::Region(std::vector<Point> ring) : ring_(std::move(ring)) {
  // Between two neighbouring heights of corners and crossings no two edges cross.
  std::vector<double> heights;
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    heights.push_back(ring_[i].y);
    for (std::size_t j = i + 1; j < ring_.size(); ++j) {
      if (const auto y = crossing_y(edge(ring_, i), edge(ring_, j))) heights.push_back(*y);
    }
  }
  std::sort(heights.begin(), heights.end());
  heights.erase(std::unique(heights.begin(), heights.end()), heights.end());
  for (std::size_t i = 1; i < heights.size(); ++i) add_slices(heights[i - 1], heights[i]);
  for (const auto& s : slices_) {
    area_ += (s.bottom - s.top) * (s.right_top - s.left_top + s.right_bottom - s.left_bottom) / 2;
  }
}

void Region::add_slices(double top, double bottom) {
  const double middle = top + (bottom - top) / 2;
  std::vector<std::pair<double, std::size_t>> edges;  // that pass through, from left to right
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    const auto e = edge(ring_, i);
    if (std::min(e.from.y, e.to.y) < middle && middle < std::max(e.from.y, e.to.y)) {
      edges.emplace_back(x_at(e, middle), i);
    }
  }
  std::sort(edges.begin(), edges.end());
  int turns = 0;
  std::optional<Edge> left;
  for (const auto& [x, i] : edges) {
    const auto e = edge(ring_, i);
    if (turns == 0) left = e;
    turns += e.from.y < e.to.y ? 1 : -1;
    if (turns != 0) continue;
    slices_.push_back({top, bottom, x_at(*left, top), x_at(*left, bottom), x_at(e, top), x_at(e, bottom)});
  }
}

bool Region::contains(Point p) const {
  int turns = 0;
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    const auto e = edge(ring_, i);
    if (is_on(e, p)) return true;
    if (e.from.y <= p.y && e.to.y > p.y && cross(e.from, e.to, p) > 0) ++turns;
    if (e.to.y <= p.y && e.from.y > p.y && cross(e.from, e.to, p) < 0) --turns;
  }
  return turns != 0;
}

double Region::overlap(const Rect& rect) const {
  double sum = 0;
  for (const auto& s : slices_) {
    if (s.bottom <= rect.top) continue;
    if (s.top >= rect.bottom) break;
    Convex piece;
    piece.add({s.left_top, s.top});
    piece.add({s.right_top, s.top});
    piece.add({s.right_bottom, s.bottom});
    piece.add({s.left_bottom, s.bottom});
    sum += piece.cut([&](Point p) { return p.x - rect.left; })
               .cut([&](Point p) { return rect.right - p.x; })
               .cut([&](Point p) { return p.y - rect.top; })
               .cut([&](Point p) { return rect.bottom - p.y; })
               .area();
  }
  return sum;
}

}  // namespace stream::decision
