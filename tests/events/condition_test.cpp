#include "stream/events/condition.hpp"

#include <gtest/gtest.h>

namespace stream::events {
namespace {

using namespace std::chrono_literals;
using Edge = Condition::Edge;

constexpr Condition::TimePoint at(std::chrono::milliseconds time) {
  return Condition::TimePoint(1h) + time;
}

TEST(Condition, IsToldOnceWhenBadAndOnceWhenWellForLongEnough) {
  Condition condition({0ms, 10s});
  EXPECT_EQ(condition.see(false, at(0s)), std::nullopt);
  EXPECT_EQ(condition.see(true, at(1s)), Edge::kRaised);
  EXPECT_EQ(condition.since(), at(1s));
  EXPECT_EQ(condition.see(true, at(100s)), std::nullopt);
  EXPECT_EQ(condition.see(false, at(101s)), std::nullopt);
  EXPECT_EQ(condition.look(at(110999ms)), std::nullopt);
  EXPECT_EQ(condition.look(at(111s)), Edge::kCleared);
  EXPECT_EQ(condition.since(), at(101s));
  EXPECT_EQ(condition.flaps(), 0U);
  EXPECT_EQ(condition.look(at(200s)), std::nullopt);
  EXPECT_TRUE(condition.idle());
}

TEST(Condition, ThatFlapsAHundredTimesAMinuteIsTwoEventsAndACount) {
  Condition condition({0ms, 10s});
  int raised = 0;
  int cleared = 0;
  const auto count = [&](std::optional<Edge> edge) {
    raised += edge == Edge::kRaised ? 1 : 0;
    cleared += edge == Edge::kCleared ? 1 : 0;
  };
  for (int flap = 0; flap < 100; ++flap) {
    count(condition.see(true, at(flap * 600ms)));
    count(condition.look(at(flap * 600ms + 100ms)));
    count(condition.see(false, at(flap * 600ms + 300ms)));
  }
  EXPECT_EQ(raised, 1);
  EXPECT_EQ(cleared, 0);
  count(condition.look(at(70s)));
  EXPECT_EQ(raised, 1);
  EXPECT_EQ(cleared, 1);
  EXPECT_EQ(condition.flaps(), 99U);
}

TEST(Condition, IsRaisedOnlyAfterItWasSeenBadForLongEnough) {
  Condition condition({10s, 0ms});
  EXPECT_EQ(condition.see(true, at(0s)), std::nullopt);
  EXPECT_EQ(condition.look(at(20s)), std::nullopt) << "nobody has looked since";
  EXPECT_EQ(condition.see(true, at(9999ms)), std::nullopt);
  EXPECT_EQ(condition.see(false, at(9999ms)), std::nullopt);
  EXPECT_EQ(condition.see(true, at(11s)), std::nullopt) << "counted anew";
  EXPECT_EQ(condition.see(true, at(21s)), Edge::kRaised);
  EXPECT_EQ(condition.since(), at(11s));
}

TEST(Condition, WithoutAHoldIsOverAtOnce) {
  Condition condition({0ms, 0ms});
  EXPECT_EQ(condition.see(true, at(0s)), Edge::kRaised);
  EXPECT_EQ(condition.see(false, at(1ms)), Edge::kCleared);
  EXPECT_EQ(condition.see(true, at(2ms)), Edge::kRaised) << "a new one";
}

TEST(Condition, CountsFlapsFromWhenItWasRaised) {
  Condition condition({0ms, 1s});
  static_cast<void>(condition.see(true, at(0s)));
  static_cast<void>(condition.see(false, at(1s)));
  static_cast<void>(condition.see(true, at(1500ms)));
  static_cast<void>(condition.see(false, at(2s)));
  EXPECT_EQ(condition.look(at(3s)), Edge::kCleared);
  EXPECT_EQ(condition.flaps(), 1U);
  EXPECT_EQ(condition.see(true, at(10s)), Edge::kRaised);
  EXPECT_EQ(condition.flaps(), 0U);
}

}  // namespace
}  // namespace stream::events
