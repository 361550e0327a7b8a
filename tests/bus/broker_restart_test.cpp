// What must survive the broker's death: everything that was answered.

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "broker_process.hpp"
#include "stream/bus/follower.hpp"
#include "stream/common/eventually.hpp"

namespace stream::bus {
namespace {

using std::chrono::seconds;

constexpr std::string_view kQueue = "alarms";

class BrokerRestart : public testing::Test {
 protected:
  void kill_and_restart() {
    broker_.kill();
    broker_.start();
    ASSERT_TRUE(eventually([&] { return bus_->queue_stats(kQueue).has_value(); }));
  }
  Delivery pull_one(milliseconds lease = seconds(60), milliseconds wait = seconds(5)) {
    const auto deliveries = bus_->pull(kQueue, 1, lease, wait);
    EXPECT_TRUE(deliveries && deliveries->size() == 1U);
    return deliveries && !deliveries->empty() ? deliveries->front() : Delivery{};
  }
  bool empty() {
    const auto deliveries = bus_->pull(kQueue, 1, seconds(60), milliseconds(0));
    return deliveries && deliveries->empty();
  }

  BrokerProcess broker_;
  std::unique_ptr<Bus> bus_ = broker_.connect();
};

TEST_F(BrokerRestart, StoredMessageIsPulledAfterAKill) {
  const std::string payload(300'000, 'p');
  ASSERT_EQ(bus_->enqueue(kQueue, "a", payload), EnqueueResult::kStored);
  kill_and_restart();
  const Delivery delivery = pull_one();
  EXPECT_EQ(delivery.id, "a");
  EXPECT_EQ(delivery.payload, payload);
}

// Not waiting for the disk is about power cuts only.
TEST(ProcessDurability, WhatWasAnsweredSurvivesAKill) {
  BrokerProcess broker(std::map<std::string, std::string>{{"durability", "process"}});
  const auto bus = broker.connect();
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(bus->enqueue(kQueue, std::to_string(i), std::string(10'000, 'x')), EnqueueResult::kStored);
  }
  const auto written = bus->cas("task/a", 0, "value");
  ASSERT_TRUE(written.done());
  broker.kill();
  broker.start();
  ASSERT_TRUE(eventually([&] { return bus->queue_stats(kQueue).has_value(); }));
  EXPECT_EQ(bus->queue_stats(kQueue)->ready, 50U);
  EXPECT_EQ(bus->get("task/a").value()->value, "value");
}

TEST_F(BrokerRestart, IdsStayKnown) {
  ASSERT_EQ(bus_->enqueue(kQueue, "waiting", "x"), EnqueueResult::kStored);
  ASSERT_EQ(bus_->enqueue(kQueue, "done", "x"), EnqueueResult::kStored);
  ASSERT_EQ(pull_one().id, "waiting");
  ASSERT_TRUE(bus_->settle(kQueue, pull_one(), Ack{}));
  kill_and_restart();
  EXPECT_EQ(bus_->enqueue(kQueue, "waiting", "x"), EnqueueResult::kDuplicate);
  EXPECT_EQ(bus_->enqueue(kQueue, "done", "x"), EnqueueResult::kDuplicate);
}

TEST_F(BrokerRestart, LeaseIsHonouredAndItsTokenStillSettles) {
  ASSERT_EQ(bus_->enqueue(kQueue, "a", "x"), EnqueueResult::kStored);
  const Delivery delivery = pull_one(seconds(60));
  kill_and_restart();
  EXPECT_TRUE(empty());
  EXPECT_TRUE(bus_->settle(kQueue, delivery, Ack{}));
  EXPECT_EQ(bus_->queue_stats(kQueue)->leased, 0U);
}

TEST_F(BrokerRestart, LeaseAndDelayStillEnd) {
  ASSERT_EQ(bus_->enqueue(kQueue, "leased", "x"), EnqueueResult::kStored);
  ASSERT_EQ(bus_->enqueue(kQueue, "delayed", "x"), EnqueueResult::kStored);
  ASSERT_EQ(pull_one(milliseconds(800)).id, "leased");
  ASSERT_TRUE(bus_->settle(kQueue, pull_one(), Retry{milliseconds(800)}));
  kill_and_restart();
  std::set<std::string> came;
  ASSERT_TRUE(eventually([&] {
    const auto deliveries = bus_->pull(kQueue, 2, seconds(60), milliseconds(200));
    if (deliveries) {
      for (const Delivery& delivery : *deliveries) came.insert(delivery.id);
    }
    return came.size() == 2;
  }));
}

TEST_F(BrokerRestart, DurableKeysStayAndVolatileOnesGo) {
  const CasResult durable = bus_->cas("task/a", 0, "definition");
  ASSERT_TRUE(durable.done());
  ASSERT_TRUE(bus_->cas("nd/logic/a", 0, "here").done());
  kill_and_restart();
  const auto entry = bus_->get("task/a");
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->value, "definition");
  EXPECT_EQ((*entry)->revision, durable.revision);
  EXPECT_FALSE(bus_->get("nd/logic/a").value());
}

TEST_F(BrokerRestart, RevisionsNeverGoBack) {
  Revision last = 0;
  Revision of_key = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50; ++i) {
      const CasResult written = bus_->cas("nd/logic/a", i == 0 ? 0 : of_key, std::to_string(i));
      ASSERT_TRUE(written.done());
      ASSERT_GT(written.revision, last);
      last = of_key = written.revision;
    }
    kill_and_restart();
  }
}

TEST_F(BrokerRestart, WatchGoesOnWithAReset) {
  ASSERT_TRUE(bus_->cas("k/a", 0, "1").done());
  const auto watch = bus_->watch("k/");
  ASSERT_TRUE(watch->next(seconds(5)));
  ASSERT_FALSE(watch->next(milliseconds(1)));  // leaves its question with the broker that dies
  kill_and_restart();
  ASSERT_TRUE(bus_->cas("k/b", 0, "2").done());
  std::set<std::string> seen;
  bool reset = false;
  ASSERT_TRUE(eventually([&] {
    if (const auto changes = watch->next(milliseconds(200))) {
      reset = reset || changes->reset;
      for (const Entry& entry : changes->entries) seen.insert(entry.key);
    }
    return seen.contains("k/b");
  }));
  EXPECT_TRUE(reset);
  EXPECT_TRUE(seen.contains("k/a"));
}

TEST_F(BrokerRestart, RequestsMeanwhileFailInTimeAndAreNotDoneLater) {
  auto options = broker_.options();
  options.request_timeout = milliseconds(300);
  const auto impatient = make_zmq_bus(options);
  ASSERT_TRUE(impatient);
  ASSERT_TRUE(eventually([&] { return (*impatient)->healthy(); }));
  broker_.kill();
  EXPECT_EQ((*impatient)->enqueue(kQueue, "too-early", "x"), EnqueueResult::kUnknown);
  EXPECT_EQ((*impatient)->cas("k", 0, "x").outcome, CasResult::Outcome::kUnknown);
  EXPECT_FALSE((*impatient)->get("k"));
  EXPECT_TRUE(eventually([&] { return !(*impatient)->healthy(); }));
  broker_.start();
  EXPECT_TRUE(eventually([&] { return (*impatient)->healthy(); }));
  EXPECT_FALSE(bus_->get("k").value());
  EXPECT_EQ((*impatient)->enqueue(kQueue, "too-early", "x"), EnqueueResult::kStored);
}

TEST_F(BrokerRestart, TopicsFlowAgain) {
  const auto publisher = bus_->make_publisher();
  const auto consumer = bus_->make_subscriber();
  consumer->subscribe("a/");
  ASSERT_TRUE(eventually([&] { return publisher->has_consumer("a/"); }));
  broker_.kill();
  EXPECT_TRUE(eventually([&] { return !publisher->has_consumer("a/"); }));
  EXPECT_EQ(publisher->publish("a/", "lost"), PublishResult::kNoSubscriber);
  broker_.start();
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(std::holds_alternative<TimedOut>(consumer->receive(milliseconds(1))));
    return publisher->has_consumer("a/");
  }));
  ASSERT_EQ(publisher->publish("a/", "again"), PublishResult::kSent);
  const auto outcome = consumer->receive(seconds(5));
  ASSERT_TRUE(std::holds_alternative<Received>(outcome));
  EXPECT_EQ(std::get<Received>(outcome).payload, "again");
}

TEST_F(BrokerRestart, WhatWasAnsweredStoredIsThereHoweverOftenItDies) {
  constexpr int kMessages = 400;
  std::set<std::string> stored;
  std::atomic<int> answered = 0;
  std::jthread writer([&] {
    for (int i = 0; i < kMessages; ++i) {
      const std::string id = std::to_string(i);
      ASSERT_TRUE(eventually([&] {
        const EnqueueResult result = bus_->enqueue(kQueue, id, "x");
        return result == EnqueueResult::kStored || result == EnqueueResult::kDuplicate;
      }));
      stored.insert(id);
      ++answered;
    }
  });
  for (int kills = 1; kills <= 5; ++kills) {
    ASSERT_TRUE(eventually([&] { return answered >= kills * kMessages / 6; }));
    broker_.kill();
    broker_.start();
  }
  writer.join();
  ASSERT_EQ(stored.size(), static_cast<std::size_t>(kMessages));
  std::multiset<std::string> pulled;
  ASSERT_TRUE(eventually([&] {
    const auto deliveries = bus_->pull(kQueue, 100, seconds(60), milliseconds(0));
    if (!deliveries) return false;
    for (const Delivery& delivery : *deliveries) pulled.insert(delivery.id);
    return deliveries->empty();
  }));
  EXPECT_EQ(pulled, std::multiset<std::string>(stored.begin(), stored.end()));
}

TEST_F(BrokerRestart, SecondBrokerOnTheDirectoryFailsAndTheFirstIsUnharmed) {
  ProcessOptions options;
  options.arguments = {STREAM_BIN_DIR "/stream-broker", "--data-dir", broker_.data_dir().string()};
  options.output_file = broker_.data_dir() / "second.log";
  auto second = Process::start(options);
  ASSERT_TRUE(second);
  const auto ended = second->wait(seconds(1));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->text(), "exit code 1");
  EXPECT_EQ(bus_->enqueue(kQueue, "a", "x"), EnqueueResult::kStored);
}

}  // namespace
}  // namespace stream::bus
