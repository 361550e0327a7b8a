#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "engines.hpp"
#include "stream/common/eventually.hpp"

namespace stream::bus {
namespace {

using std::chrono::seconds;

constexpr std::string_view kQueue = "alarms";

class QueueConformance : public Conformance {
 protected:
  void store(std::string_view id, std::string_view payload = "payload") {
    ASSERT_EQ(bus_.enqueue(kQueue, id, payload), EnqueueResult::kStored) << id;
  }
  // The one message that is ready; fails the test when there is none.
  Delivery pull_one(Bus& bus, milliseconds lease = seconds(60), milliseconds wait = seconds(5)) {
    const auto deliveries = bus.pull(kQueue, 1, lease, wait);
    EXPECT_TRUE(deliveries && deliveries->size() == 1U);
    return deliveries && !deliveries->empty() ? deliveries->front() : Delivery{};
  }
  std::size_t ready(Bus& bus, milliseconds wait = milliseconds(0)) {
    const auto deliveries = bus.pull(kQueue, 100, seconds(60), wait);
    EXPECT_TRUE(deliveries);
    return deliveries ? deliveries->size() : 0;
  }
  QueueStats stats() { return bus_.queue_stats(kQueue).value(); }
};

TEST_P(QueueConformance, MessageComesOutAsItWentIn) {
  const std::string payload("bytes \0 and \xff", 13);
  store("a:1", payload);
  const Delivery delivery = pull_one(second_bus_);
  EXPECT_EQ(delivery.id, "a:1");
  EXPECT_EQ(delivery.payload, payload);
  EXPECT_EQ(delivery.attempt, 1U);
}

TEST_P(QueueConformance, BigPayloadComesOutWhole) {
  const std::string payload(3'000'000, 'x');
  store("big", payload);
  EXPECT_EQ(pull_one(bus_).payload, payload);
}

TEST_P(QueueConformance, OldestComeFirst) {
  for (int i = 0; i < 5; ++i) store(std::to_string(i));
  const auto deliveries = bus_.pull(kQueue, 3, seconds(60), milliseconds(0));
  ASSERT_TRUE(deliveries);
  ASSERT_EQ(deliveries->size(), 3U);
  EXPECT_EQ((*deliveries)[0].id, "0");
  EXPECT_EQ((*deliveries)[2].id, "2");
}

TEST_P(QueueConformance, SameIdIsADuplicateInEveryState) {
  store("waiting");
  EXPECT_EQ(second_bus_.enqueue(kQueue, "waiting", "other"), EnqueueResult::kDuplicate);
  const Delivery delivery = pull_one(bus_);
  EXPECT_EQ(bus_.enqueue(kQueue, "waiting", "other"), EnqueueResult::kDuplicate);
  ASSERT_TRUE(bus_.settle(kQueue, delivery, Ack{}));
  EXPECT_EQ(bus_.enqueue(kQueue, "waiting", "other"), EnqueueResult::kDuplicate);
  EXPECT_EQ(ready(bus_), 0U);
}

TEST_P(QueueConformance, QueuesAreApart) {
  store("a");
  EXPECT_EQ(bus_.enqueue("other", "a", "x"), EnqueueResult::kStored);
  EXPECT_EQ(ready(bus_), 1U);
}

TEST_P(QueueConformance, EmptyQueueGivesNothingAfterTheWait) {
  EXPECT_EQ(ready(bus_, milliseconds(20)), 0U);
}

TEST_P(QueueConformance, PullWaitsForTheFirstMessage) {
  const std::jthread writer([&] { store("late"); });
  EXPECT_EQ(pull_one(second_bus_).id, "late");
}

TEST_P(QueueConformance, LeasedMessageIsGivenToNobodyElse) {
  store("a");
  pull_one(bus_);
  EXPECT_EQ(ready(second_bus_, milliseconds(20)), 0U);
}

TEST_P(QueueConformance, LeaseThatRunsOutHandsTheMessageOutAgain) {
  store("a");
  const Delivery first = pull_one(bus_, milliseconds(30));
  const Delivery second = pull_one(second_bus_);
  EXPECT_EQ(second.id, "a");
  EXPECT_EQ(second.attempt, 2U);
  EXPECT_NE(second.token, first.token);

  const Status late = bus_.settle(kQueue, first, Ack{});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(second_bus_.settle(kQueue, second, Ack{}));
}

TEST_P(QueueConformance, LateAckCountsWhileNobodyElseHasTheMessage) {
  store("a");
  const Delivery delivery = pull_one(bus_, milliseconds(1));
  ASSERT_TRUE(eventually([&] { return stats().ready == 1; }));
  EXPECT_TRUE(bus_.settle(kQueue, delivery, Ack{}));
  EXPECT_EQ(ready(bus_), 0U);
}

TEST_P(QueueConformance, ExtendKeepsTheMessage) {
  store("a");
  const Delivery delivery = pull_one(bus_, milliseconds(200));
  ASSERT_TRUE(bus_.settle(kQueue, delivery, Extend{seconds(60)}));
  EXPECT_EQ(ready(second_bus_, milliseconds(300)), 0U);
  EXPECT_TRUE(bus_.settle(kQueue, delivery, Ack{}));
}

TEST_P(QueueConformance, RetryComesAgainAfterItsDelay) {
  store("a");
  const Delivery first = pull_one(bus_);
  ASSERT_TRUE(bus_.settle(kQueue, first, Retry{milliseconds(50)}));
  EXPECT_EQ(stats().delayed, 1U);
  EXPECT_EQ(ready(bus_), 0U);
  EXPECT_EQ(pull_one(second_bus_).attempt, 2U);
}

TEST_P(QueueConformance, PullTakesOnlyTheGroupsItIsToTake) {
  for (const char* id : {"a1", "b", "a2", "fresh"}) store(id);
  const auto deliveries = bus_.pull(kQueue, 3, seconds(60), milliseconds(0)).value();
  for (const Delivery& delivery : deliveries) {
    ASSERT_TRUE(bus_.settle(kQueue, delivery, Retry{milliseconds(0), delivery.id.substr(0, 1)}));
  }
  const auto pulled = [&](const GroupFilter& filter, milliseconds wait = milliseconds(0)) {
    std::vector<std::string> ids;
    const auto taken = second_bus_.pull(kQueue, 10, seconds(60), wait, filter).value();
    for (const Delivery& delivery : taken) {
      ids.push_back(delivery.id);
      EXPECT_TRUE(second_bus_.settle(kQueue, delivery, Retry{milliseconds(0), delivery.id.substr(0, 1)}));
    }
    return ids;
  };
  EXPECT_THAT(pulled({{"a", "b", "f"}, false}, milliseconds(20)), testing::ElementsAre("fresh"));
  EXPECT_THAT(pulled({{"a"}, false}), testing::ElementsAre("b", "fresh"));
  EXPECT_THAT(pulled({{"a"}, true}), testing::ElementsAre("a1", "a2"));
  EXPECT_THAT(pulled({{"b", "f"}, true}), testing::ElementsAre("b", "fresh"));
  EXPECT_THAT(pulled({{}, true}), testing::IsEmpty());
  EXPECT_THAT(pulled({{"none"}, false}), testing::ElementsAre("a1", "b", "a2", "fresh"));
}

TEST_P(QueueConformance, PullThatWaitsGetsWhatItsFilterAdmits) {
  store("a");
  ASSERT_TRUE(bus_.settle(kQueue, pull_one(bus_), Retry{milliseconds(20), "shut"}));
  const std::jthread writer([&] {
    eventually([&] { return stats().ready == 1; });
    store("b");
  });
  const auto deliveries = second_bus_.pull(kQueue, 10, seconds(60), seconds(5), {{"shut"}, false}).value();
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].id, "b");
}

TEST_P(QueueConformance, RetryWithoutAGroupLeavesTheGroup) {
  store("a");
  ASSERT_TRUE(bus_.settle(kQueue, pull_one(bus_), Retry{milliseconds(0), "g"}));
  ASSERT_TRUE(bus_.settle(kQueue, pull_one(bus_), Retry{milliseconds(0)}));
  EXPECT_TRUE(bus_.pull(kQueue, 1, seconds(60), milliseconds(0), {{"g"}, true})->empty());
  EXPECT_EQ(bus_.pull(kQueue, 1, seconds(60), milliseconds(0), {{"g"}, false})->size(), 1U);
}

TEST_P(QueueConformance, SettlingTwiceIsRefused) {
  store("a");
  const Delivery delivery = pull_one(bus_);
  ASSERT_TRUE(bus_.settle(kQueue, delivery, Retry{seconds(60)}));
  const Status again = bus_.settle(kQueue, delivery, Ack{});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

TEST_P(QueueConformance, ParkedMessageWaitsForAPerson) {
  store("a", "the payload");
  ASSERT_TRUE(bus_.settle(kQueue, pull_one(bus_), Park{"HTTP 404"}));
  EXPECT_EQ(ready(bus_, milliseconds(20)), 0U);

  const auto items = second_bus_.list_queue(kQueue, QueueState::kParked, 10);
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(items->front().id, "a");
  EXPECT_EQ(items->front().reason, "HTTP 404");
  EXPECT_EQ(items->front().attempts, 1U);
  EXPECT_EQ(items->front().payload_bytes, 11U);
  EXPECT_GT(items->front().enqueued_unix_ms, 0);
  EXPECT_EQ(bus_.read_message(kQueue, "a").value(), "the payload");

  ASSERT_TRUE(bus_.unpark(kQueue, "a"));
  EXPECT_EQ(pull_one(bus_).id, "a");
}

TEST_P(QueueConformance, PurgeRemovesForGood) {
  store("a");
  EXPECT_EQ(bus_.purge(kQueue, "a").error().code, ErrorCode::kNotFound) << "it is not parked";
  ASSERT_TRUE(bus_.settle(kQueue, pull_one(bus_), Park{"no"}));
  ASSERT_TRUE(bus_.purge(kQueue, "a"));
  EXPECT_EQ(bus_.unpark(kQueue, "a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(bus_.read_message(kQueue, "a").error().code, ErrorCode::kNotFound);
}

TEST_P(QueueConformance, StatsAndListTellEveryState) {
  for (const char* id : {"ready", "delayed", "leased", "parked"}) store(id);
  const auto deliveries = bus_.pull(kQueue, 10, seconds(60), milliseconds(0)).value();
  for (const Delivery& delivery : deliveries) {
    if (delivery.id == "ready") {
      ASSERT_TRUE(bus_.settle(kQueue, delivery, Retry{milliseconds(0)}));
    }
    if (delivery.id == "delayed") {
      ASSERT_TRUE(bus_.settle(kQueue, delivery, Retry{seconds(60)}));
    }
    if (delivery.id == "parked") {
      ASSERT_TRUE(bus_.settle(kQueue, delivery, Park{"no"}));
    }
  }
  ASSERT_TRUE(eventually([&] { return stats().ready == 1; }));
  EXPECT_EQ(stats().delayed, 1U);
  EXPECT_EQ(stats().leased, 1U);
  EXPECT_EQ(stats().parked, 1U);
  std::vector<std::string> ids;
  const auto items = bus_.list_queue(kQueue, std::nullopt, 3).value();
  for (const QueueItem& item : items) ids.push_back(item.id);
  EXPECT_THAT(ids, testing::ElementsAre("ready", "delayed", "leased"));
}

TEST_P(QueueConformance, CompetingPullersShareEveryMessageOnce) {
  constexpr std::size_t kMessages = 200;
  for (std::size_t i = 0; i < kMessages; ++i) store(std::to_string(i));
  std::mutex mutex;
  std::multiset<std::string> received;
  {
    std::vector<std::jthread> pullers;
    for (int p = 0; p < 4; ++p) {
      pullers.emplace_back([&, p] {
        Bus& bus = p % 2 == 0 ? bus_ : second_bus_;
        for (;;) {
          const auto deliveries = bus.pull(kQueue, 7, seconds(60), milliseconds(0));
          ASSERT_TRUE(deliveries);
          if (deliveries->empty()) return;
          for (const Delivery& delivery : *deliveries) {
            ASSERT_TRUE(bus.settle(kQueue, delivery, Ack{}));
            const std::lock_guard lock(mutex);
            received.insert(delivery.id);
          }
        }
      });
    }
  }
  EXPECT_EQ(received.size(), kMessages);
  EXPECT_EQ(std::set<std::string>(received.begin(), received.end()).size(), kMessages);
}

INSTANTIATE_TEST_SUITE_P(Engines, QueueConformance, testing::ValuesIn(all_engines()), engine_name);

}  // namespace
}  // namespace stream::bus
