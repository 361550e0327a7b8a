#include "url_lines.hpp"

#include <gtest/gtest.h>

#include "turns.hpp"

namespace stream::reporter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Place = UrlLines::Place;
using Jobs = std::vector<UrlLines::Job>;

const UrlLines::Time kNow = UrlLines::Time{} + std::chrono::hours(1);
const AttemptEnd kAnswered{false, milliseconds(10), {}};
const AttemptEnd kFailed{true, milliseconds(10), {}};

UrlLinesOptions options(std::size_t in_flight, std::size_t held, std::size_t trials = 100) {
  UrlLinesOptions options;
  options.in_flight = in_flight;
  options.held = held;
  options.trials = trials;
  return options;
}

struct UrlLinesTest : testing::Test {
  Place enter(const std::string& url, UrlLines::Job job) { return lines.enter(url, job, false, now); }
  UrlLines::Left leave(const std::string& url, UrlLines::Job job, const AttemptEnd& end = kAnswered) {
    return lines.leave(url, job, end, now);
  }
  void prove(const std::string& url) {
    ASSERT_EQ(enter(url, 1000), Place::kGo);
    leave(url, 1000);
  }

  UrlLines lines{options(2, 4)};
  UrlLines::Time now = kNow;
};

TEST_F(UrlLinesTest, UnknownUrlIsTriedByOneAtATimeAndHasNoLine) {
  EXPECT_EQ(enter("a", 1), Place::kGo);
  EXPECT_EQ(enter("a", 2), Place::kShut);
  leave("a", 1);
  EXPECT_EQ(enter("a", 2), Place::kGo);
  EXPECT_EQ(enter("a", 3), Place::kGo);
}

TEST_F(UrlLinesTest, TrustedUrlHasSomeInFlightAndThenALine) {
  prove("a");
  EXPECT_EQ(enter("a", 1), Place::kGo);
  EXPECT_EQ(enter("a", 2), Place::kGo);
  EXPECT_EQ(enter("a", 3), Place::kWait);
  EXPECT_EQ(enter("a", 4), Place::kWait);
  EXPECT_EQ(enter("a", 5), Place::kShut);
  EXPECT_EQ(enter("b", 6), Place::kGo);
  EXPECT_EQ(leave("a", 1).start, Jobs{3});
  EXPECT_EQ(leave("a", 2).start, Jobs{4});
  EXPECT_EQ(leave("a", 3).start, Jobs{});
}

TEST_F(UrlLinesTest, TwoFailuresInARowSendTheLineAway) {
  prove("a");
  for (UrlLines::Job job = 1; job <= 4; ++job) enter("a", job);
  auto left = leave("a", 1, kFailed);
  EXPECT_EQ(left.start, Jobs{3});
  EXPECT_EQ(left.leave, Jobs{});
  left = leave("a", 2, kFailed);
  EXPECT_EQ(left.start, Jobs{});
  EXPECT_EQ(left.leave, Jobs{4});
  EXPECT_EQ(enter("a", 5), Place::kShut) << "3 is still in flight";
}

TEST_F(UrlLinesTest, RestingUrlTakesNobodyAndThenOneProbe) {
  for (UrlLines::Job job = 1; job <= 5; ++job) {
    ASSERT_EQ(enter("a", job), Place::kGo);
    leave("a", job, kFailed);
  }
  EXPECT_TRUE(lines.open("a"));
  now += seconds(29);
  EXPECT_EQ(enter("a", 6), Place::kShut);
  EXPECT_EQ(lines.enter("a", 7, true, now), Place::kGo) << "there is nobody else";
  leave("a", 7, kFailed);
  now += seconds(1);
  EXPECT_EQ(enter("a", 8), Place::kGo);
  EXPECT_EQ(enter("a", 9), Place::kShut);
}

TEST_F(UrlLinesTest, ReceiverThatAskedToWaitIsLeftAlone) {
  prove("a");
  for (UrlLines::Job job = 1; job <= 3; ++job) enter("a", job);
  EXPECT_EQ(leave("a", 1, {true, milliseconds(1), seconds(60)}).leave, Jobs{3});
  now += seconds(59);
  EXPECT_EQ(enter("a", 4), Place::kShut);
  EXPECT_EQ(lines.enter("a", 4, true, now), Place::kShut);
  now += seconds(1);
  leave("a", 2);
  EXPECT_EQ(enter("a", 4), Place::kGo);
}

TEST_F(UrlLinesTest, UrlThatHasBecomeSlowGetsNothingMoreAndLosesItsLine) {
  prove("a");
  for (UrlLines::Job job = 1; job <= 3; ++job) enter("a", job);
  now += milliseconds(1000);
  EXPECT_EQ(lines.clear_stalled(now), Jobs{});
  now += milliseconds(1);
  EXPECT_EQ(lines.clear_stalled(now), Jobs{3});
  EXPECT_EQ(enter("a", 4), Place::kShut);
  EXPECT_FALSE(lines.has_room_for("a", 1, now));
  leave("a", 1);
  leave("a", 2);
  EXPECT_EQ(enter("a", 4), Place::kGo);
}

TEST_F(UrlLinesTest, ReceiverThatIsAlwaysSlowIsNotTakenForDead) {
  enter("a", 1);
  leave("a", 1, {false, seconds(2), {}});
  enter("a", 2);
  now += seconds(5);
  EXPECT_EQ(enter("a", 3), Place::kGo);
}

TEST(UrlTrials, AreBoundedOverAllUrlsAndTakeNothingFromTrustedOnes) {
  UrlLines lines(options(2, 4, 3));
  ASSERT_EQ(lines.enter("good", 1, false, kNow), Place::kGo);
  lines.leave("good", 1, kAnswered, kNow);
  EXPECT_EQ(lines.enter("a", 2, false, kNow), Place::kGo);
  EXPECT_EQ(lines.enter("b", 3, false, kNow), Place::kGo);
  EXPECT_EQ(lines.enter("c", 4, false, kNow), Place::kGo);
  EXPECT_EQ(lines.enter("d", 5, false, kNow), Place::kShut);
  EXPECT_EQ(lines.enter("good", 6, false, kNow), Place::kGo);
  lines.leave("a", 2, kFailed, kNow);
  EXPECT_EQ(lines.enter("d", 5, false, kNow), Place::kGo);
}

TEST_F(UrlLinesTest, AttemptThatWasNoneLeavesTheUrlAsItWas) {
  enter("a", 1);
  lines.withdraw("a", 1, now);
  EXPECT_FALSE(lines.trusted("a"));
  EXPECT_EQ(enter("a", 2), Place::kGo);
}

TEST_F(UrlLinesTest, ClearSendsAllThatWaitAway) {
  prove("a");
  for (UrlLines::Job job = 1; job <= 4; ++job) enter("a", job);
  EXPECT_EQ(lines.clear_waiting(), (Jobs{3, 4}));
  EXPECT_EQ(leave("a", 1).start, Jobs{});
}

TEST(Turns, GoRoundPerTask) {
  Turns turns;
  EXPECT_EQ(turns.of("x", 2), 0U);
  turns.advance("x");
  EXPECT_EQ(turns.of("x", 2), 1U);
  EXPECT_EQ(turns.of("y", 2), 0U);
  turns.advance("x");
  EXPECT_EQ(turns.of("x", 2), 0U);
}

TEST(Turns, FollowAShrinkingList) {
  Turns turns;
  for (int i = 0; i < 7; ++i) turns.advance("x");
  EXPECT_LT(turns.of("x", 2), 2U);
}

}  // namespace
}  // namespace stream::reporter
