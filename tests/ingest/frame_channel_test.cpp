#include "frame_channel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ingest {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class FrameChannelTest : public testing::Test {
 protected:
  std::vector<std::string> receive(bus::Subscriber& subscriber, std::size_t count) {
    std::vector<std::string> payloads;
    while (payloads.size() < count) {
      auto outcome = subscriber.receive(milliseconds(5000));
      if (!std::holds_alternative<bus::Received>(outcome)) break;
      payloads.push_back(std::get<bus::Received>(outcome).payload);
    }
    return payloads;
  }
  std::unique_ptr<bus::Subscriber> consumer() {
    auto subscriber = memory_bus->make_subscriber({bus::Subscriber::Role::kConsumer, 1'000'000});
    subscriber->subscribe(topics::frame("cam", 1));
    return subscriber;
  }

  const std::unique_ptr<bus::Bus> memory_bus = bus::make_memory_bus();
  const std::unique_ptr<bus::Publisher> publisher = memory_bus->make_publisher();
  Metrics metrics;
  ChannelCounters counters{metrics};
  FrameChannel channel{*publisher, counters, "cam", 1, 3};
};

TEST_F(FrameChannelTest, GoesToTheConsumer) {
  const auto subscriber = consumer();
  channel.publish("a");
  channel.publish("b");
  EXPECT_THAT(receive(*subscriber, 2), ElementsAre("a", "b"));
  EXPECT_EQ(counters.published.value(), 2);
  EXPECT_EQ(counters.held.value(), 0);
}

TEST_F(FrameChannelTest, HoldsTheNewestUntilAConsumerComes) {
  for (const char* message : {"1", "2", "3", "4", "5"}) channel.publish(message);
  EXPECT_EQ(counters.dropped_held.value(), 2);
  const auto subscriber = consumer();
  channel.publish("6");
  EXPECT_THAT(receive(*subscriber, 4), ElementsAre("3", "4", "5", "6"));
}

TEST_F(FrameChannelTest, FlushNeedsNoNewFrame) {
  channel.publish("1");
  channel.flush();
  EXPECT_EQ(counters.published.value(), 0) << "nobody is there";
  const auto subscriber = consumer();
  channel.flush();
  EXPECT_THAT(receive(*subscriber, 1), ElementsAre("1"));
}

TEST_F(FrameChannelTest, AnObserverIsNoConsumer) {
  const auto tap = memory_bus->make_subscriber({bus::Subscriber::Role::kObserver, 100});
  tap->subscribe(topics::frame("cam", 1));
  channel.publish("1");
  EXPECT_EQ(counters.held.value(), 1);
}

TEST_F(FrameChannelTest, OrderHoldsWhileConsumersComeAndGo) {
  FrameChannel large(*publisher, counters, "cam", 1, 1'000'000);
  publisher->set_subscription_listener([&large] { large.flush(); });
  constexpr int kMessages = 20'000;
  std::jthread sender([&large] {
    for (int i = 0; i < kMessages; ++i) large.publish(std::to_string(i));
  });
  int newest = -1;
  const auto take_one = [&](bus::Subscriber& subscriber) {
    const auto outcome = subscriber.receive(milliseconds(100));
    if (!std::holds_alternative<bus::Received>(outcome)) return false;
    const int number = std::stoi(std::get<bus::Received>(outcome).payload);
    EXPECT_GT(number, newest);
    newest = number;
    return true;
  };
  // What a consumer leaves unread goes with it; what comes while there is none is held for the next.
  for (int i = 0; i < 40; ++i) {
    const auto subscriber = consumer();
    for (int k = 0; k < 200 && take_one(*subscriber); ++k) {
    }
  }
  sender.join();
  const auto last = consumer();
  large.publish(std::to_string(kMessages));
  while (newest < kMessages) ASSERT_TRUE(take_one(*last));
  EXPECT_EQ(newest, kMessages);
  publisher->set_subscription_listener({});
}

}  // namespace
}  // namespace stream::ingest
