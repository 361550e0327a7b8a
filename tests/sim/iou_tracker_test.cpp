#include "iou_tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stream::sim {
namespace {

using ::testing::ElementsAre;

TEST(Overlap, IsSharedAreaOverUnion) {
  EXPECT_DOUBLE_EQ(overlap({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
  EXPECT_DOUBLE_EQ(overlap({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0 / 150);
  EXPECT_DOUBLE_EQ(overlap({0, 0, 10, 10}, {10, 0, 10, 10}), 0);
}

TEST(IouTracker, BoxThatMovesKeepsItsId) {
  IouTracker tracker;
  for (int i = 0; i < 50; ++i) EXPECT_THAT(tracker.update({{4 * i, 0, 20, 20}}), ElementsAre(1));
}

TEST(IouTracker, IdsStayWithTheirBoxesWhateverTheOrder) {
  IouTracker tracker;
  EXPECT_THAT(tracker.update({{0, 0, 20, 20}, {100, 0, 20, 20}}), ElementsAre(1, 2));
  EXPECT_THAT(tracker.update({{102, 0, 20, 20}, {2, 0, 20, 20}}), ElementsAre(2, 1));
}

TEST(IouTracker, SpeedCarriesATrackThroughAGap) {
  IouTracker tracker;
  for (int i = 0; i < 10; ++i) EXPECT_THAT(tracker.update({{10 * i, 0, 20, 20}}), ElementsAre(1));
  for (int i = 0; i < 5; ++i) tracker.update({});
  EXPECT_THAT(tracker.update({{150, 0, 20, 20}}), ElementsAre(1));
}

TEST(IouTracker, BoxFarAwayIsSomethingNew) {
  IouTracker tracker;
  EXPECT_THAT(tracker.update({{0, 0, 20, 20}}), ElementsAre(1));
  EXPECT_THAT(tracker.update({{200, 0, 20, 20}}), ElementsAre(2));
}

TEST(IouTracker, TrackIsForgottenAfterItsPatience) {
  IouTracker tracker;
  tracker.update({{0, 0, 20, 20}});
  for (int i = 0; i <= IouTracker::kPatience; ++i) tracker.update({});
  EXPECT_THAT(tracker.update({{0, 0, 20, 20}}), ElementsAre(2));
}

TEST(IouTracker, BestOverlapWins) {
  IouTracker tracker;
  tracker.update({{0, 0, 20, 20}});
  EXPECT_THAT(tracker.update({{8, 0, 20, 20}, {1, 0, 20, 20}}), ElementsAre(2, 1));
}

}  // namespace
}  // namespace stream::sim
