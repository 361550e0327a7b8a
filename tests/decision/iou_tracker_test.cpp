#include "iou_tracker.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace stream::decision {
namespace {

using Ids = std::vector<std::uint64_t>;
using Boxes = std::vector<ClassedBox>;

ClassedBox box(int x, int y = 0, int size = 10, int class_id = 0) {
  return {class_id, Box{x, y, size, size}};
}

TEST(Iou, IsIntersectionOverUnion) {
  EXPECT_DOUBLE_EQ(iou({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
  EXPECT_DOUBLE_EQ(iou({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0 / 150.0);
  EXPECT_DOUBLE_EQ(iou({0, 0, 10, 10}, {10, 0, 10, 10}), 0);
  EXPECT_DOUBLE_EQ(iou({0, 0, 10, 10}, {2, 2, 0, 5}), 0);
  EXPECT_DOUBLE_EQ(iou({0, 0, 10, 10}, {-5, -5, -3, -3}), 0);
}

TEST(Iou, LargestBoxesDoNotOverflow) {
  constexpr auto kMost = std::numeric_limits<std::int32_t>::max();
  EXPECT_DOUBLE_EQ(iou({kMost, kMost, kMost, kMost}, {kMost, kMost, kMost, kMost}), 1);
}

TEST(IouTracker, ObjectThatMovesALittleStaysTheSame) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(100)}), (Ids{1, 2}));
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(103), box(2)}), (Ids{2, 1}));
}

TEST(IouTracker, BestPairComesFirst) {
  IouTracker tracker({0.1, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(6)}), (Ids{1, 2}));
  // Overlaps both: more of the second. So the first is free for the other one.
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(4), box(-4)}), (Ids{2, 1}));
}

TEST(IouTracker, AmongEqualsTheObjectKnownForLongerAndTheFirstBoxWin) {
  IouTracker tracker({0.1, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(10)}), (Ids{1, 2}));
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(5), box(5)}), (Ids{1, 2}));
}

TEST(IouTracker, ClassesAreNotMixed) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0, 0, 10, 0)}), (Ids{1}));
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(0, 0, 10, 1)}), (Ids{2}));
}

TEST(IouTracker, GoneForLongerThanTheLimitIsNew) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0)}), (Ids{1}));
  EXPECT_EQ(tracker.next_frame(6, Boxes{box(0)}), (Ids{1}));
  EXPECT_EQ(tracker.next_frame(12, Boxes{box(0)}), (Ids{2}));
  EXPECT_EQ(tracker.state().objects.size(), 1U);
}

TEST(IouTracker, WithoutAPlaceThereIsNoId) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{{0, std::nullopt}, box(0, 0, 0), box(5)}), (Ids{0, 0, 1}));
}

TEST(IouTracker, BeyondTheBoundTheLongestUnseenIsForgotten) {
  IouTracker tracker({0.3, 5, 2});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(100)}), (Ids{1, 2}));
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(100), box(200)}), (Ids{2, 3}));
  EXPECT_EQ(tracker.next_frame(3, Boxes{box(0), box(200)}), (Ids{4, 3}));
}

class AnyBoxes : public ::testing::TestWithParam<unsigned> {};

TEST_P(AnyBoxes, IdsAreOnesOwnAndTheSameAfterAHandOver) {
  std::mt19937 random(GetParam());
  std::uniform_int_distribution<int> place(0, 60), count(0, 8), class_id(0, 1);
  IouTracker tracker({0.2, 3, 6});
  IouTracker other({0.2, 3, 6});
  for (std::uint64_t frame = 1; frame < 300; ++frame) {
    Boxes boxes;
    for (int i = count(random); i > 0; --i) boxes.push_back(box(place(random), 0, 12, class_id(random)));
    other.restore(tracker.state());
    const auto ids = tracker.next_frame(frame, boxes);
    EXPECT_EQ(other.next_frame(frame, boxes), ids);
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), boxes.size());
    EXPECT_LE(tracker.state().objects.size(), 6U);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyBoxes, ::testing::Range(1U, 6U));

}  // namespace
}  // namespace stream::decision
