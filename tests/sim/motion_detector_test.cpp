#include "motion_detector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "iou_tracker.hpp"

namespace stream::sim {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kSettleFrames = 5;
constexpr picture::Size kSize{480, 320};

picture::Image background() {
  picture::Image image{kSize, {}};
  image.rgb.assign(3UL * kSize.width * kSize.height, 100);
  return image;
}

// A detector that knows the empty background.
MotionDetector settled_detector() {
  MotionDetector detector(kSettleFrames);
  for (int i = 0; i < 2 * kSettleFrames; ++i) EXPECT_THAT(detector.detect(background()), IsEmpty());
  return detector;
}

picture::Image with(const std::vector<picture::Rect>& boxes) {
  auto image = background();
  for (const auto& box : boxes) fill_rect(image, box, {200, 30, 30});
  return image;
}

TEST(MotionDetector, EmptyStreetGivesNothing) {
  EXPECT_THAT(settled_detector().detect(background()), IsEmpty());
}

TEST(MotionDetector, BoxesFitWhatMovesLargestFirst) {
  auto detector = settled_detector();
  const picture::Rect car{100, 100, 120, 60}, person{300, 200, 30, 80};
  const auto boxes = detector.detect(with({person, car}));
  ASSERT_THAT(boxes, SizeIs(2));
  EXPECT_GT(overlap(boxes[0], car), 0.9);
  EXPECT_GT(overlap(boxes[1], person), 0.85);
}

TEST(MotionDetector, NoiseIsTooSmall) {
  auto detector = settled_detector();
  EXPECT_THAT(detector.detect(with({{50, 50, 6, 6}})), IsEmpty());
}

TEST(MotionDetector, WhatStandsStillBecomesBackgroundAndShowsWhenItLeaves) {
  auto detector = settled_detector();
  const auto parked = with({{100, 100, 120, 60}});
  EXPECT_THAT(detector.detect(parked), SizeIs(1));
  for (int i = 0; i < kSettleFrames; ++i) detector.detect(parked);
  EXPECT_THAT(detector.detect(parked), IsEmpty());
  EXPECT_THAT(detector.detect(background()), SizeIs(1));
}

TEST(MotionDetector, WhatWasThereInTheFirstFrameLeavesNoGhost) {
  MotionDetector detector(kSettleFrames);
  detector.detect(with({{100, 100, 120, 60}}));
  for (int i = 0; i < 2 * kSettleFrames; ++i) detector.detect(background());
  EXPECT_THAT(detector.detect(background()), IsEmpty());
}

TEST(MotionDetector, OtherPictureSizeBeginsAnew) {
  auto detector = settled_detector();
  picture::Image other{{640, 480}, {}};
  other.rgb.assign(3UL * 640 * 480, 10);
  EXPECT_THAT(detector.detect(other), IsEmpty());
}

}  // namespace
}  // namespace stream::sim
