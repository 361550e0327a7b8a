#include "restart_delay.hpp"

#include <gtest/gtest.h>

namespace stream::server {
namespace {

using namespace std::chrono_literals;

TEST(RestartDelay, DoublesUpToFiveSeconds) {
  RestartDelay delay;
  for (const auto expected : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    EXPECT_EQ(delay.next(1s), expected);
  }
}

TEST(RestartDelay, HealthyRunBeginsAgain) {
  RestartDelay delay;
  for (int i = 0; i < 5; ++i) static_cast<void>(delay.next(0s));
  EXPECT_EQ(delay.next(2s), 100ms);
  EXPECT_EQ(delay.next(1s), 200ms);
}

}  // namespace
}  // namespace stream::server
