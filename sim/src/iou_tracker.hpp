// Gives boxes that overlap from frame to frame the same number.
#pragma once

#include <cstdint>
#include <vector>

#include "stream/picture/jpeg.hpp"

namespace stream::sim {

// Intersection over union, 0 to 1.
double overlap(const picture::Rect& a, const picture::Rect& b);

// Boxes are matched greedily, best overlap first, with where each track should be by now (constant speed). A
// track that is not seen for kPatience frames is forgotten. Ids begin at 1 and are never used again. Confined
// to one thread.
class IouTracker {
 public:
  static constexpr double kLeastOverlap = 0.2;
  static constexpr int kPatience = 15;

  // The ids of `boxes`, in step with them.
  std::vector<std::int64_t> update(const std::vector<picture::Rect>& boxes);

 private:
  struct Track {
    std::int64_t id = 0;
    picture::Rect box;                // when last seen
    double speed_x = 0, speed_y = 0;  // px a frame
    int unseen = 0;                   // frames since then
    picture::Rect expected() const;
  };

  std::vector<Track> tracks_;
  std::int64_t next_id_ = 1;
};

}  // namespace stream::sim
