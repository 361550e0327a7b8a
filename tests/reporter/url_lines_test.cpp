#include "url_lines.hpp"

#include <gtest/gtest.h>

#include "turns.hpp"

namespace stream::reporter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Place = UrlLines::Place;

const UrlLines::Time kNow{};

TEST(UrlLines, StartsAsManyAsMayBeInFlightAndThenFormsALine) {
  UrlLines lines({2, 3, seconds(60)});
  EXPECT_EQ(lines.enter("a", 1), Place::kGo);
  EXPECT_EQ(lines.enter("a", 2), Place::kGo);
  EXPECT_EQ(lines.enter("a", 3), Place::kWait);
  EXPECT_EQ(lines.enter("a", 4), Place::kFull);
}

TEST(UrlLines, OneUrlDoesNotKeepAnotherFromStarting) {
  UrlLines lines({1, 1, seconds(60)});
  EXPECT_EQ(lines.enter("a", 1), Place::kGo);
  EXPECT_EQ(lines.enter("a", 2), Place::kFull);
  EXPECT_EQ(lines.enter("b", 3), Place::kGo);
}

TEST(UrlLines, WhoLeavesNamesTheNextInOrder) {
  UrlLines lines({1, 3, seconds(60)});
  EXPECT_EQ(lines.enter("a", 1), Place::kGo);
  EXPECT_EQ(lines.enter("a", 2), Place::kWait);
  EXPECT_EQ(lines.enter("a", 3), Place::kWait);
  EXPECT_EQ(lines.leave("a", milliseconds(1)), 2U);
  EXPECT_EQ(lines.leave("a", milliseconds(1)), 3U);
  EXPECT_EQ(lines.leave("a", milliseconds(1)), std::nullopt);
  EXPECT_EQ(lines.enter("a", 4), Place::kGo);
}

TEST(UrlLines, AppointmentsFollowThePaceOfTheUrl) {
  UrlLines lines({2, 3, seconds(60)});
  EXPECT_EQ(lines.enter("a", 1), Place::kGo);
  EXPECT_EQ(lines.enter("a", 2), Place::kGo);
  EXPECT_EQ(lines.enter("a", 3), Place::kWait);
  EXPECT_EQ(lines.leave("a", milliseconds(100)), 3U);  // 100 ms, two at once: one every 50 ms
  EXPECT_EQ(lines.enter("a", 4), Place::kWait);
  ASSERT_EQ(lines.enter("a", 5), Place::kFull);
  EXPECT_EQ(lines.appointment("a", kNow), milliseconds(100));  // after the one that waits
  EXPECT_EQ(lines.appointment("a", kNow), milliseconds(150));
  EXPECT_EQ(lines.appointment("a", kNow + milliseconds(50)), milliseconds(150));
}

TEST(UrlLines, AppointmentsAreNeverTooFarAway) {
  UrlLines lines({1, 1, seconds(2)});
  EXPECT_EQ(lines.enter("a", 1), Place::kGo);
  ASSERT_EQ(lines.enter("a", 2), Place::kFull);
  for (int i = 0; i < 100; ++i) EXPECT_LE(lines.appointment("a", kNow), seconds(2));
  EXPECT_EQ(lines.appointment("a", kNow), seconds(2));
}

TEST(UrlLines, ClearSendsAllThatWaitAway) {
  UrlLines lines({1, 3, seconds(60)});
  EXPECT_EQ(lines.enter("a", 1), Place::kGo);
  EXPECT_EQ(lines.enter("a", 2), Place::kWait);
  EXPECT_EQ(lines.enter("a", 3), Place::kWait);
  EXPECT_EQ(lines.clear_waiting(), (std::vector<UrlLines::Job>{2, 3}));
  EXPECT_EQ(lines.leave("a", milliseconds(1)), std::nullopt);
}

TEST(Turns, GoRoundPerTask) {
  Turns turns;
  EXPECT_EQ(turns.next("x", 2), 0U);
  EXPECT_EQ(turns.next("x", 2), 1U);
  EXPECT_EQ(turns.next("y", 2), 0U);
  EXPECT_EQ(turns.next("x", 2), 0U);
}

TEST(Turns, FollowAShrinkingList) {
  Turns turns;
  for (int i = 0; i < 7; ++i) turns.next("x", 5);
  EXPECT_LT(turns.next("x", 2), 2U);
}

}  // namespace
}  // namespace stream::reporter
