#include "parked_alarms.hpp"

#include <gtest/gtest.h>

#include "stream/bus/memory_bus.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::client {
namespace {

TEST(ParkedAlarms, AreRemovedAndNoOthers) {
  const auto bus = bus::make_memory_bus();
  for (const char* id : {"refused", "ready"}) {
    ASSERT_EQ(bus->enqueue(topics::kAlarmQueue, id, "payload"), bus::EnqueueResult::kStored);
  }
  const auto first = bus->pull(topics::kAlarmQueue, 1, std::chrono::seconds(60), bus::milliseconds(0));
  ASSERT_TRUE(first && first->size() == 1U);
  ASSERT_TRUE(bus->settle(topics::kAlarmQueue, first->front(), bus::Park{"no URL wants it"}));
  EXPECT_EQ(throw_away_parked(*bus), 1U);
  EXPECT_EQ(throw_away_parked(*bus), 0U);
  const auto stats = bus->queue_stats(topics::kAlarmQueue);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->ready, 1U);
  EXPECT_EQ(stats->parked, 0U);
}

}  // namespace
}  // namespace stream::client
