#include "frame_ring.hpp"

#include <gtest/gtest.h>

namespace stream::ingest {
namespace {

using std::chrono::seconds;

class FrameRingTest : public testing::Test {
 protected:
  const std::shared_ptr<BodyPool> pool = BodyPool::make(1'000'000);
  FrameRing ring{seconds(10)};
  FrameRing::Clock::time_point now{};
};

TEST_F(FrameRingTest, FindsWhatItKeeps) {
  const auto body = pool->take(10);
  EXPECT_EQ(ring.add(pool->take(10), now), 1U);
  EXPECT_EQ(ring.add(body, now), 2U);
  EXPECT_EQ(ring.find(2, now), body);
  EXPECT_EQ(ring.find(0, now), nullptr);
  EXPECT_EQ(ring.find(3, now), nullptr);
  EXPECT_EQ(ring.frames(), 2U);
  EXPECT_EQ(ring.bytes(), 2 * 4096U);
}

TEST_F(FrameRingTest, OldFramesAreGone) {
  ring.add(pool->take(10), now);
  EXPECT_NE(ring.find(1, now + seconds(10)), nullptr);
  EXPECT_EQ(ring.find(1, now + seconds(11)), nullptr) << "also when nothing new came";
  ring.add(pool->take(10), now + seconds(11));
  EXPECT_EQ(ring.frames(), 1U);
  EXPECT_NE(ring.find(2, now + seconds(11)), nullptr);
}

TEST_F(FrameRingTest, DroppingTheOldestKeepsTheOthersNumbers) {
  EXPECT_FALSE(ring.drop_oldest());
  ring.add(pool->take(10), now);
  const auto second = pool->take(10);
  ring.add(second, now);
  EXPECT_TRUE(ring.drop_oldest());
  EXPECT_EQ(ring.find(1, now), nullptr);
  EXPECT_EQ(ring.find(2, now), second);
  EXPECT_TRUE(ring.drop_oldest());
  EXPECT_EQ(ring.bytes(), 0U);
  EXPECT_EQ(ring.add(pool->take(10), now), 3U);
}

}  // namespace
}  // namespace stream::ingest
