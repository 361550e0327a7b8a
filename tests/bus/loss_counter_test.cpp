#include "loss_counter.hpp"

#include <gtest/gtest.h>

namespace stream::bus {
namespace {

TEST(LossCounter, GapIsCountedOnce) {
  LossCounter losses;
  EXPECT_EQ(losses.note("a/", 1, 5), 0U);
  EXPECT_EQ(losses.note("a/", 1, 9), 3U);
  EXPECT_EQ(losses.note("a/", 1, 10), 0U);
}

TEST(LossCounter, SendersAndTopicsAreCountedApart) {
  LossCounter losses;
  losses.note("a/", 1, 5);
  EXPECT_EQ(losses.note("a/", 2, 50), 0U);
  EXPECT_EQ(losses.note("b/", 1, 50), 0U);
  EXPECT_EQ(losses.note("a/", 1, 6), 0U);
}

TEST(LossCounter, UnsubscribedTimeIsNoLoss) {
  LossCounter losses;
  losses.note("a/", 1, 5);
  losses.forget("a/");
  EXPECT_EQ(losses.note("a/", 1, 50), 0U);
}

TEST(LossCounter, ForgetsTheSenderThatWasSilentLongest) {
  LossCounter losses;
  for (std::uint64_t sender = 1; sender <= 8; ++sender) losses.note("a/", sender, 1);
  losses.note("a/", 1, 2);
  losses.note("a/", 9, 1);  // takes the place of sender 2
  EXPECT_EQ(losses.note("a/", 1, 5), 2U);
  EXPECT_EQ(losses.note("a/", 2, 5), 0U);
}

}  // namespace
}  // namespace stream::bus
