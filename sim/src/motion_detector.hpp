// Finds what moves in front of a fixed camera: background difference on a small grey picture.
#pragma once

#include <cstdint>
#include <vector>

#include "stream/picture/jpeg.hpp"

namespace stream::sim {

// Adapts to slow changes; what stands still for long becomes background. Confined to one thread.
class MotionDetector {
 public:
  // The boxes of moving things in px of `image`, largest first. The first picture, and the first of another
  // size, is taken as background and gives none.
  std::vector<picture::Rect> detect(const picture::Image& image);

 private:
  void shrink(const picture::Image& image);
  void compare();
  std::vector<picture::Rect> components();

  int cell_px_ = 1;  // a side of the square of `image` that became one small pixel
  picture::Size picture_size_, size_;
  std::vector<float> grey_, background_;
  std::vector<std::uint8_t> moving_;
  std::vector<int> pending_;  // cells of a component still to be looked at
};

}  // namespace stream::sim
