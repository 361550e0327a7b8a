#include "frame_rate.hpp"

#include <gtest/gtest.h>

namespace stream::ingest {
namespace {

using namespace std::chrono_literals;

TEST(FrameRate, FollowsWhatComesWithinAFewSeconds) {
  FrameRate::Clock::time_point now{1000s};
  FrameRate rate(now);
  double frames = 0;
  const auto run = [&](int seconds, double per_second) {
    double shown = 0;
    for (int i = 0; i < seconds; ++i) shown = rate.update(frames += per_second, now += 1s);
    return shown;
  };
  const double first = run(1, 100);
  EXPECT_GT(first, 10);
  EXPECT_LT(first, 30) << "smoothed";
  EXPECT_NEAR(run(20, 100), 100, 2);
  EXPECT_LT(run(15, 0), 10);
  EXPECT_NEAR(run(60, 0), 0, 0.01);
}

TEST(FrameRate, IrregularLooksSeeTheSameRate) {
  FrameRate::Clock::time_point now{1000s};
  FrameRate rate(now);
  double shown = 0, frames = 0;
  for (int i = 1; i < 100; ++i) {
    const auto step = 100ms * (i % 7 + 1);
    shown = rate.update(frames += 50 * std::chrono::duration<double>(step).count(), now += step);
  }
  EXPECT_NEAR(shown, 50, 1);
  EXPECT_EQ(rate.update(frames + 1000, now), shown) << "no time has passed";
}

}  // namespace
}  // namespace stream::ingest
