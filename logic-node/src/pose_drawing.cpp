#include "pose_drawing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "stream/decision/objects.hpp"

namespace stream::logic {
namespace {

constexpr std::size_t kCocoPoints = 18;
constexpr std::array<std::pair<std::size_t, std::size_t>, 17> kCocoLimbs{{{1, 2},
                                                                          {2, 3},
                                                                          {3, 4},
                                                                          {1, 5},
                                                                          {5, 6},
                                                                          {6, 7},
                                                                          {1, 8},
                                                                          {8, 9},
                                                                          {9, 10},
                                                                          {1, 11},
                                                                          {11, 12},
                                                                          {12, 13},
                                                                          {1, 0},
                                                                          {0, 14},
                                                                          {14, 16},
                                                                          {0, 15},
                                                                          {15, 17}}};
constexpr picture::Colour kRightSide{255, 128, 0}, kLeftSide{0, 160, 255}, kHead{0, 220, 90},
    kPoint{255, 255, 0};

struct Point {
  int x = 0, y = 0;
};

std::optional<Point> point_of(const Pose& pose, std::size_t index, int left, int top) {
  const float x = pose.keypoints[3 * index];
  const float y = pose.keypoints[3 * index + 1];
  // Far outside any picture the numbers mean nothing, and cannot become an int.
  constexpr float kFarthestPx = 1e6F;
  if (!(pose.keypoints[3 * index + 2] > decision::kKeypointFound)) return std::nullopt;
  if (!(std::abs(x) < kFarthestPx) || !(std::abs(y) < kFarthestPx)) return std::nullopt;
  return Point{static_cast<int>(std::lround(x)) - left, static_cast<int>(std::lround(y)) - top};
}

picture::Colour colour_of_limb(std::size_t limb) {
  if (limb >= 12) return kHead;
  return limb / 3 % 2 == 0 ? kRightSide : kLeftSide;
}

}  // namespace

void draw_pose(picture::Image& image, const Pose& pose, int left, int top) {
  const auto count = pose.keypoints.size() / 3;
  const int thickness = std::max(2, std::max(image.size.width, image.size.height) / 100);
  for (std::size_t limb = 0; count == kCocoPoints && limb < kCocoLimbs.size(); ++limb) {
    const auto from = point_of(pose, kCocoLimbs[limb].first, left, top);
    const auto to = point_of(pose, kCocoLimbs[limb].second, left, top);
    if (from && to)
      picture::draw_line(image, from->x, from->y, to->x, to->y, thickness, colour_of_limb(limb));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto point = point_of(pose, i, left, top)) {
      picture::draw_disc(image, point->x, point->y, thickness, kPoint);
    }
  }
}

}  // namespace stream::logic
