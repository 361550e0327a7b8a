#include "stream/common/periodic.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <vector>

namespace stream {
namespace {

using std::chrono::milliseconds;

TEST(Periodic, CallsAtOnceAndAgainAndAgain) {
  std::latch third(3);
  std::atomic<int> calls = 0;
  const Periodic periodic(milliseconds(1), [&](auto) {
    if (++calls <= 3) third.count_down();
  });
  third.wait();
  EXPECT_GE(calls, 3);
}

TEST(Periodic, NeverAfterItIsGone) {
  std::atomic<int> calls = 0;
  std::latch first(1);
  {
    const Periodic periodic(milliseconds(1), [&](auto) {
      if (++calls == 1) first.count_down();
    });
    first.wait();
  }
  const int at_the_end = calls;
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(calls, at_the_end);
}

TEST(Periodic, IsGoneAtOnceHoweverLongItsPause) {
  std::latch first(1);
  const auto begin = Periodic::Clock::now();
  {
    const Periodic periodic(std::chrono::hours(1), [&](auto) { first.count_down(); });
    first.wait();
  }
  EXPECT_LT(Periodic::Clock::now() - begin, std::chrono::minutes(1));
}

TEST(Periodic, SaysHowLongAgoTheLastCallWasButNoMoreThanTwoPauses) {
  std::vector<Periodic::Clock::duration> passed;
  std::latch third(3);
  {
    const Periodic periodic(milliseconds(2), [&](auto since) {
      passed.push_back(since);
      if (passed.size() == 2) std::this_thread::sleep_for(milliseconds(20));  // as if it were stopped
      if (passed.size() <= 3) third.count_down();
    });
    third.wait();
  }
  EXPECT_EQ(passed[0], milliseconds(0));
  EXPECT_GE(passed[1], milliseconds(2));
  EXPECT_EQ(passed[2], milliseconds(4));
}

}  // namespace
}  // namespace stream
