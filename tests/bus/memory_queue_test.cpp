// The bounds that only the queue in memory has.
#include "memory_queue.hpp"

#include <gtest/gtest.h>

namespace stream::bus {
namespace {

using std::chrono::seconds;

class BoundedQueue : public ::testing::Test {
 protected:
  EnqueueResult put(const std::string& id, std::size_t bytes) {
    return queue_.enqueue(id, std::string(bytes, 'x'), now_);
  }
  void finish_one() {
    const auto deliveries = queue_.pull(1, seconds(60), {}, now_);
    ASSERT_EQ(deliveries.size(), 1U);
    ASSERT_TRUE(queue_.settle(deliveries.front(), Ack{}, now_));
  }

  MemoryQueue queue_{MemoryBusOptions{.queue_bytes = 100, .known_ids = 2}};
  const MemoryQueue::TimePoint now_{};
};

TEST_F(BoundedQueue, IsFullOverItsBytesUntilSomethingIsDone) {
  EXPECT_EQ(put("a", 60), EnqueueResult::kStored);
  EXPECT_EQ(put("b", 40), EnqueueResult::kStored);
  EXPECT_EQ(put("c", 1), EnqueueResult::kFull);
  EXPECT_EQ(put("a", 60), EnqueueResult::kDuplicate);
  finish_one();
  EXPECT_EQ(put("c", 61), EnqueueResult::kFull);
  EXPECT_EQ(put("c", 60), EnqueueResult::kStored);
}

TEST_F(BoundedQueue, TakesOneMessageOfAnySize) {
  EXPECT_EQ(put("a", 1000), EnqueueResult::kStored);
  EXPECT_EQ(put("b", 1), EnqueueResult::kFull);
  finish_one();
  EXPECT_EQ(put("b", 1), EnqueueResult::kStored);
}

TEST_F(BoundedQueue, KnowsTheLastIdsOnly) {
  for (const char* id : {"a", "b", "c"}) {
    EXPECT_EQ(put(id, 1), EnqueueResult::kStored);
    finish_one();
  }
  EXPECT_EQ(put("b", 1), EnqueueResult::kDuplicate);
  EXPECT_EQ(put("c", 1), EnqueueResult::kDuplicate);
  EXPECT_EQ(put("a", 1), EnqueueResult::kStored);
}

}  // namespace
}  // namespace stream::bus
