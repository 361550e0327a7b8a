#include "breaker.hpp"

#include <gtest/gtest.h>

namespace stream::reporter {
namespace {

using std::chrono::seconds;

const Breaker::Time kNow = Breaker::Time{} + std::chrono::hours(1);

void fail(Breaker& breaker, int times, Breaker::Time now) {
  for (int i = 0; i < times; ++i) breaker.failed(now);
}

TEST(Breaker, IsTrustedAfterTheFirstAnswerAndUntilTwoFailuresInARow) {
  Breaker breaker({});
  EXPECT_FALSE(breaker.trusted());
  breaker.answered();
  EXPECT_TRUE(breaker.trusted());
  fail(breaker, 1, kNow);
  EXPECT_TRUE(breaker.trusted());
  fail(breaker, 1, kNow);
  EXPECT_FALSE(breaker.trusted());
  EXPECT_LE(breaker.next_try(false), kNow);
}

TEST(Breaker, OpensAfterFiveFailuresInARow) {
  Breaker breaker({});
  fail(breaker, 4, kNow);
  breaker.answered();
  fail(breaker, 4, kNow);
  EXPECT_FALSE(breaker.open());
  fail(breaker, 1, kNow);
  EXPECT_TRUE(breaker.open());
  EXPECT_EQ(breaker.next_try(false), kNow + seconds(30));
}

TEST(Breaker, RestsLongerAfterEachFailedProbeUpToFiveMinutes) {
  Breaker breaker({});
  fail(breaker, 5, kNow);
  auto now = kNow;
  for (const int rest : {60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300}) {
    now = breaker.next_try(false);
    fail(breaker, 1, now);
    EXPECT_EQ(breaker.next_try(false), now + seconds(rest));
  }
}

TEST(Breaker, AnswerClosesItAndTheNextOpeningRestsShortAgain) {
  Breaker breaker({});
  fail(breaker, 5, kNow);
  fail(breaker, 1, kNow + seconds(30));
  breaker.answered();
  EXPECT_TRUE(breaker.trusted());
  fail(breaker, 5, kNow + seconds(100));
  EXPECT_EQ(breaker.next_try(false), kNow + seconds(130));
}

TEST(Breaker, StragglersDoNotLengthenTheRest) {
  Breaker breaker({});
  fail(breaker, 9, kNow);
  EXPECT_EQ(breaker.next_try(false), kNow + seconds(30));
}

TEST(Breaker, IsAskedEveryFiveSecondsWhenThereIsNobodyElse) {
  Breaker breaker({});
  fail(breaker, 5, kNow);
  EXPECT_EQ(breaker.next_try(true), kNow + seconds(5));
  fail(breaker, 1, kNow + seconds(5));
  EXPECT_EQ(breaker.next_try(true), kNow + seconds(10));
  EXPECT_EQ(breaker.next_try(false), kNow + seconds(30));
}

TEST(Breaker, WaitsAsLongAsItWasAskedTo) {
  Breaker breaker({});
  breaker.answered();
  breaker.failed(kNow);
  breaker.asked_to_wait(kNow + seconds(120));
  EXPECT_EQ(breaker.next_try(false), kNow + seconds(120));
  EXPECT_EQ(breaker.next_try(true), kNow + seconds(120));
  fail(breaker, 4, kNow);
  EXPECT_EQ(breaker.next_try(true), kNow + seconds(120));
}

}  // namespace
}  // namespace stream::reporter
