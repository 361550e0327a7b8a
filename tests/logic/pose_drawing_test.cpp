#include "pose_drawing.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace stream::logic {
namespace {

constexpr int kSide = 100;

picture::Image grey() {
  return {{kSide, kSide}, std::vector<std::uint8_t>(3UL * kSide * kSide, 128)};
}

bool is_drawn(picture::Image& image, int x, int y) {
  const auto* pixel = image.at(x, y);
  return pixel[0] != 128 || pixel[1] != 128 || pixel[2] != 128;
}

// Of 18 points none found, but these.
Pose pose_with(const std::vector<std::pair<std::size_t, std::pair<float, float>>>& points) {
  Pose pose{std::vector<float>(54, 0)};
  for (const auto& [index, at] : points) {
    pose.keypoints[3 * index] = at.first;
    pose.keypoints[3 * index + 1] = at.second;
    pose.keypoints[3 * index + 2] = 0.9F;
  }
  return pose;
}

TEST(PoseDrawing, LimbJoinsItsPoints) {
  auto image = grey();
  draw_pose(image, pose_with({{1, {1020, 530}}, {2, {1080, 530}}}), 1000, 500);
  EXPECT_TRUE(is_drawn(image, 20, 30));
  EXPECT_TRUE(is_drawn(image, 50, 30));
  EXPECT_TRUE(is_drawn(image, 80, 30));
  EXPECT_FALSE(is_drawn(image, 50, 60));
  EXPECT_FALSE(is_drawn(image, 0, 0));  // the points that were not found
}

TEST(PoseDrawing, PointsThatDoNotBelongTogetherAreNotJoined) {
  auto image = grey();
  draw_pose(image, pose_with({{4, {20, 30}}, {7, {80, 30}}}), 0, 0);
  EXPECT_TRUE(is_drawn(image, 20, 30));
  EXPECT_TRUE(is_drawn(image, 80, 30));
  EXPECT_FALSE(is_drawn(image, 50, 30));
}

TEST(PoseDrawing, OtherNumbersOfPointsAreDrawnWithoutLimbs) {
  auto image = grey();
  draw_pose(image, Pose{{20, 30, 0.9F, 50, 30, 0.9F, 80, 30, 0.9F, 7}}, 0, 0);
  EXPECT_TRUE(is_drawn(image, 50, 30));
  EXPECT_FALSE(is_drawn(image, 35, 30));
}

TEST(PoseDrawing, MeaninglessPointsAreLeftOut) {
  auto image = grey();
  const auto before = image.rgb;
  draw_pose(image, pose_with({{0, {std::nanf(""), 10}}, {1, {1e30F, -1e30F}}, {2, {INFINITY, 3}}}), 0, 0);
  EXPECT_EQ(image.rgb, before);
}

}  // namespace
}  // namespace stream::logic
