// Finds what moves in front of a fixed camera: difference to the background on a small picture.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "stream/picture/jpeg.hpp"

namespace stream::sim {

// What stands still becomes background, so that it follows slow changes and forgets what it took for
// background though it moved away later. Confined to one thread.
class MotionDetector {
 public:
  // `settle_frames`: how long something must stand still until it is background. Nothing is reported for
  // twice as long in the beginning, until the background is known.
  explicit MotionDetector(int settle_frames) : settle_frames_(settle_frames) {}

  // The boxes of moving things in px of `image`, largest first. A picture of another size begins anew.
  std::vector<picture::Rect> detect(const picture::Image& image);

 private:
  using Colour = std::array<int, 3>;
  struct Cell {
    Colour now{}, background{};
    int unchanged_frames = 0;
    bool moves = false;
  };

  void begin(picture::Size picture_size);
  Colour colour_of(const picture::Image& image, int x, int y) const;
  void update(Cell& cell, const Colour& colour) const;
  std::vector<picture::Rect> components();

  const int settle_frames_;
  int frames_ = 0;
  int cell_px_ = 1;  // a side of the square of the picture that makes one cell
  picture::Size picture_size_, size_;
  std::vector<Cell> cells_;   // row by row
  std::vector<int> pending_;  // cells of a component still to be looked at
};

}  // namespace stream::sim
