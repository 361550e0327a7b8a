// Where an object stands, and in which of a task's areas.
//
// Boxes come in pixels of the frame, areas in pixels of the picture they were drawn on. When both sizes are
// known and differ, boxes are scaled to the drawing, each axis by itself. A box that reaches out of the frame
// is cut to it first, when the frame's size is known: so nobody stands outside an area that is the whole
// picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "geometry.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::decision {

// Size of a picture, px; 0: not known.
struct Canvas {
  std::int32_t width = 0, height = 0;
  bool operator==(const Canvas&) const = default;
};

// The point of a box that stands for the object.
enum class Anchor { kBottomCentre, kCentre };

// In the coordinates of the drawing.
struct Place {
  Rect box;
  Point anchor;
};

Place place_of(const Box& box, Anchor anchor, Canvas frame, Canvas drawn);

inline constexpr std::size_t kMostAreas = 16;
inline constexpr std::size_t kMostCorners = 100;

// Immutable.
class Areas {
 public:
  // A set of areas: bit i is the area that was given as number i (from 0).
  using Set = std::uint32_t;

  // At most kMostAreas rings of at most kMostCorners corners. Rings that enclose nothing are left out, but
  // keep their number. With `min_overlap` more than 0 an object is inside when at least this share of its box
  // is; else when its anchor is.
  Areas(const std::vector<std::vector<Point>>& rings, double min_overlap);

  bool empty() const { return areas_.empty(); }
  Set all() const { return all_; }
  Set holding(const Place& place) const;
  // Those that hold the whole frame: there an object is inside wherever it is.
  Set holding_all(Canvas frame, Canvas drawn) const;
  // The largest share of the box that is inside one area, and which one.
  struct Share {
    double share = 0;
    std::size_t area = 0;
  };
  Share best_share(const Place& place) const;

 private:
  struct Area {
    std::size_t number;
    Region region;
  };

  std::vector<Area> areas_;
  double min_overlap_;
  Set all_ = 0;
};

}  // namespace stream::decision
