#include "frame_clock.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace stream::decision {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kNow = 1'800'000'000 * kSecond;
constexpr std::int64_t kDay = 86'400 * kSecond;

struct Sent {
  std::int64_t timestamp_us, received_us;
};

std::int64_t running(const std::vector<Sent>& frames) {
  ClockState clock;
  FrameTime time;
  for (const auto& [timestamp, received] : frames) time = next_frame_time(clock, timestamp, received);
  return time.running_us;
}

TEST(FrameClock, WallTimeIsTheTimestampWhenItIsSane) {
  for (const std::int64_t sane : {kNow, kNow - 1000 * kDay, kNow + kDay}) {
    ClockState clock;
    EXPECT_EQ(next_frame_time(clock, sane, kNow).wall_us, sane);
  }
  for (const std::int64_t wrong :
       {std::int64_t{0}, std::int64_t{-5}, kNow + kDay + 1, 900'000'000 * kSecond}) {
    ClockState clock;
    EXPECT_EQ(next_frame_time(clock, wrong, kNow).wall_us, kNow);
  }
}

TEST(FrameClock, RunsByTimestamps) {
  EXPECT_EQ(running({{kNow - kDay, kNow}, {kNow - kDay + kSecond, kNow + 1}}), kSecond);
}

TEST(FrameClock, RunsByArrivalWhereATimestampIsMissing) {
  const auto old = kNow - 700 * kDay;
  EXPECT_EQ(running({{old, kNow}, {0, kNow + 2}, {old + kSecond, kNow + 5}, {old + 2 * kSecond, kNow + 6}}),
            5 + kSecond);
}

TEST(FrameClock, JumpsOfTheTimestampAreNotBelieved) {
  EXPECT_EQ(running({{kNow - 5 * kSecond, kNow}, {kNow - 9 * kSecond, kNow + 40}}), 40);
  EXPECT_EQ(running({{kNow - kDay, kNow}, {kNow, kNow + 40}}), 40);
}

TEST(FrameClock, NeverGoesBackWhateverIsSent) {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  ClockState clock;
  std::int64_t last = 0;
  for (const std::int64_t a : {kLeast, kMost, kNow, std::int64_t{0}, kLeast}) {
    for (const std::int64_t b : {kMost, kLeast, std::int64_t{0}, kNow, kMost}) {
      const auto time = next_frame_time(clock, a, b);
      EXPECT_GE(time.running_us, last);
      last = time.running_us;
    }
  }
}

}  // namespace
}  // namespace stream::decision
