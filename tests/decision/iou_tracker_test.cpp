#include "iou_tracker.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <tuple>

namespace stream::decision {
namespace {

using Ids = std::vector<std::uint64_t>;
using Boxes = std::vector<ClassedBox>;

ClassedBox box(int x, int y = 0, int size = 10, int class_id = 0) {
  return {class_id, Box{x, y, size, size}};
}

Claim nobody_claims(std::uint64_t) {
  return Claim::kNone;
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
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(100)}, nobody_claims), (Ids{1, 2}));
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(103), box(2)}, nobody_claims), (Ids{2, 1}));
}

TEST(IouTracker, BestPairComesFirst) {
  IouTracker tracker({0.1, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(6)}, nobody_claims), (Ids{1, 2}));
  // Overlaps both: more of the second. So the first is free for the other one.
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(4), box(-4)}, nobody_claims), (Ids{2, 1}));
}

TEST(IouTracker, AmongEqualsTheObjectKnownForLongerAndTheFirstBoxWin) {
  IouTracker tracker({0.1, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(10)}, nobody_claims), (Ids{1, 2}));
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(5), box(5)}, nobody_claims), (Ids{1, 2}));
}

TEST(IouTracker, ClassesAreNotMixed) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0, 0, 10, 0)}, nobody_claims), (Ids{1}));
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(0, 0, 10, 1)}, nobody_claims), (Ids{2}));
}

TEST(IouTracker, GoneForLongerThanTheLimitIsNew) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0)}, nobody_claims), (Ids{1}));
  EXPECT_EQ(tracker.next_frame(6, Boxes{box(0)}, nobody_claims), (Ids{1}));
  EXPECT_EQ(tracker.next_frame(12, Boxes{box(0)}, nobody_claims), (Ids{2}));
  EXPECT_EQ(tracker.state().objects.size(), 1U);
}

TEST(IouTracker, WhoIsClaimedGetsItsPlaceBack) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(100)}, nobody_claims), (Ids{1, 2}));
  const auto second_is_claimed = [](std::uint64_t id) { return id == 2 ? Claim::kStays : Claim::kNone; };
  EXPECT_EQ(tracker.next_frame(500, Boxes{box(0), box(100)}, second_is_claimed), (Ids{3, 2}));
  EXPECT_EQ(tracker.state().objects.size(), 2U);
}

TEST(IouTracker, OnlyWhoIsAwayIsAskedFor) {
  IouTracker tracker({0.3, 5, 100});
  std::ignore = tracker.next_frame(1, Boxes{box(0), box(100)}, nobody_claims);
  std::ignore = tracker.next_frame(6, Boxes{box(100)}, nobody_claims);
  Ids asked;
  std::ignore = tracker.next_frame(7, Boxes{}, [&](std::uint64_t id) {
    asked.push_back(id);
    return Claim::kQuiet;
  });
  EXPECT_EQ(asked, (Ids{1}));
}

TEST(IouTracker, WhoPassesThePlaceOfOneWhoIsAwayStaysHimself) {
  const auto all_claim = [](std::uint64_t) { return Claim::kStays; };
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0)}, all_claim), (Ids{1}));
  EXPECT_EQ(tracker.next_frame(10, Boxes{box(-5)}, all_claim), (Ids{1}));
  EXPECT_EQ(tracker.next_frame(20, Boxes{box(20)}, all_claim), (Ids{2}));
  // From here on 1 is at -5 and 2 walks over it, in the end exactly on it.
  for (const int x : {15, 10, 5, 0, -5, -10, -15}) {
    const auto frame = static_cast<std::uint64_t>(25 - x / 5);
    EXPECT_EQ(tracker.next_frame(frame, Boxes{box(x)}, all_claim), (Ids{2})) << x;
  }
  EXPECT_EQ(tracker.next_frame(29, Boxes{box(-5), box(-15)}, all_claim), (Ids{1, 2}));
}

TEST(IouTracker, AStayComesBeforeQuiet) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(4)}, nobody_claims), (Ids{1, 2}));
  const auto first_is_quiet = [](std::uint64_t id) { return id == 1 ? Claim::kQuiet : Claim::kStays; };
  EXPECT_EQ(tracker.next_frame(20, Boxes{box(0)}, first_is_quiet), (Ids{2}));
  EXPECT_EQ(tracker.next_frame(40, Boxes{box(0), box(1)}, first_is_quiet), (Ids{2, 1}));
}

TEST(IouTracker, WithoutAPlaceThereIsNoId) {
  IouTracker tracker({0.3, 5, 100});
  EXPECT_EQ(tracker.next_frame(1, Boxes{{0, std::nullopt}, box(0, 0, 0), box(5)}, nobody_claims),
            (Ids{0, 0, 1}));
}

TEST(IouTracker, BeyondTheBoundTheLongestUnseenIsForgotten) {
  IouTracker tracker({0.3, 5, 2});
  EXPECT_EQ(tracker.next_frame(1, Boxes{box(0), box(100)}, nobody_claims), (Ids{1, 2}));
  EXPECT_EQ(tracker.next_frame(2, Boxes{box(100), box(200)}, nobody_claims), (Ids{2, 3}));
  EXPECT_EQ(tracker.next_frame(3, Boxes{box(0), box(200)}, nobody_claims), (Ids{4, 3}));
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
    const auto claim_of = [](std::uint64_t id) { return static_cast<Claim>(1 + id % 3); };
    const auto ids = tracker.next_frame(frame, boxes, claim_of);
    EXPECT_EQ(other.next_frame(frame, boxes, claim_of), ids);
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), boxes.size());
    EXPECT_LE(tracker.state().objects.size(), 6U);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyBoxes, ::testing::Range(1U, 6U));

}  // namespace
}  // namespace stream::decision
