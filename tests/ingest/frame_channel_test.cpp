#include "frame_channel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ingest {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr ReplayLimits kAll{1'000'000, 1'000'000'000};

// A publisher that answers what the test says, and keeps what it sent.
class ScriptedPublisher final : public bus::Publisher {
 public:
  bus::PublishResult publish(std::string_view /*topic*/, std::string_view payload) override {
    if (answer == bus::PublishResult::kSent) sent.push_back(decode<FrameMeta>(payload)->number);
    return answer;
  }
  bus::PublishResult publish_shared(std::string_view topic, std::shared_ptr<const void> /*owner*/,
                                    std::span<const char> payload) override {
    return publish(topic, {payload.data(), payload.size()});
  }
  bool has_subscriber(std::string_view /*topic*/) const override { return consumer; }
  bool has_consumer(std::string_view /*topic*/) const override { return consumer; }
  void set_subscription_listener(std::function<void()> /*listener*/) override {}

  bool consumer = true;
  bus::PublishResult answer = bus::PublishResult::kSent;
  std::vector<std::uint64_t> sent;
};

class FrameChannelTest : public testing::Test {
 protected:
  static FrameMeta frame(std::int64_t id) {
    FrameMeta meta;
    meta.frame_id = id;
    return meta;
  }
  // Numbers as they arrive.
  static std::vector<std::uint64_t> receive(bus::Subscriber& subscriber, std::size_t count) {
    std::vector<std::uint64_t> numbers;
    while (numbers.size() < count) {
      auto outcome = subscriber.receive(milliseconds(5000));
      if (!std::holds_alternative<bus::Received>(outcome)) break;
      numbers.push_back(decode<FrameMeta>(std::get<bus::Received>(outcome).payload)->number);
    }
    return numbers;
  }
  std::unique_ptr<bus::Subscriber> consumer() {
    auto subscriber = memory_bus->make_subscriber({bus::Subscriber::Role::kConsumer, 1'000'000});
    subscriber->subscribe(topics::frame("cam", 1));
    return subscriber;
  }
  // What was counted of all numbers, and what waits, must be all numbers.
  double accounted() const {
    return counters.published.value() + counters.unsent.value() + counters.dropped.value();
  }

  const std::unique_ptr<bus::Bus> memory_bus = bus::make_memory_bus();
  const std::unique_ptr<bus::Publisher> publisher = memory_bus->make_publisher();
  Metrics metrics;
  ChannelCounters counters{metrics};
  Counter numbered = metrics.counter("numbered", "");
  FrameChannel channel{*publisher, counters, numbered, "cam", 1, 9, ReplayLimits{3, 1'000'000}};
};

TEST_F(FrameChannelTest, GoesToTheConsumer) {
  const auto subscriber = consumer();
  channel.publish(frame(7));
  channel.publish(frame(7));
  EXPECT_THAT(receive(*subscriber, 2), ElementsAre(1, 2));
  EXPECT_EQ(counters.published.value(), 2);
  EXPECT_EQ(counters.held.value(), 0);
  EXPECT_EQ(numbered.value(), 2);
}

TEST_F(FrameChannelTest, HoldsTheNewestUntilAConsumerComes) {
  for (int i = 1; i <= 5; ++i) channel.publish(frame(i));
  EXPECT_EQ(counters.dropped.value(), 2);
  EXPECT_EQ(counters.held.value(), 5);
  const auto subscriber = consumer();
  channel.publish(frame(6));
  EXPECT_THAT(receive(*subscriber, 4), ElementsAre(3, 4, 5, 6));
  EXPECT_EQ(counters.dropped.value(), 2) << "what waits goes out before a new one takes its place";
  EXPECT_EQ(accounted(), numbered.value());
}

TEST_F(FrameChannelTest, FlushNeedsNoNewFrame) {
  channel.publish(frame(1));
  channel.flush();
  EXPECT_EQ(counters.published.value(), 0) << "nobody is there";
  const auto subscriber = consumer();
  channel.flush();
  channel.flush();
  EXPECT_THAT(receive(*subscriber, 1), ElementsAre(1));
  EXPECT_EQ(counters.published.value(), 1);
}

TEST_F(FrameChannelTest, NextConsumerGetsOnlyWhatNobodyGot) {
  {
    const auto first = consumer();
    channel.publish(frame(1));
    EXPECT_THAT(receive(*first, 1), ElementsAre(1));
  }
  channel.publish(frame(2));
  channel.publish(frame(3));
  const auto second = consumer();
  channel.flush();
  channel.publish(frame(4));
  EXPECT_THAT(receive(*second, 3), ElementsAre(2, 3, 4));
  EXPECT_EQ(accounted(), 4);
}

TEST_F(FrameChannelTest, CountsWhatIsToldAboutItsFlow) {
  EXPECT_EQ(channel.flow(), (ChannelFlow{"cam", 1, 0, 0, 0, 0, false}));
  channel.count_refused();
  FrameMeta last = frame(1);
  last.received_us = 77;
  last.end_of_stream = true;
  channel.publish(last);
  EXPECT_EQ(channel.flow(), (ChannelFlow{"cam", 1, 1, 1, 1, 77, true}));
  const auto subscriber = consumer();
  channel.publish(frame(2));
  EXPECT_EQ(channel.flow(), (ChannelFlow{"cam", 1, 2, 1, 0, 0, false}));
}

TEST_F(FrameChannelTest, AnObserverIsNoConsumer) {
  const auto tap = memory_bus->make_subscriber({bus::Subscriber::Role::kObserver, 100});
  tap->subscribe(topics::frame("cam", 1));
  channel.publish(frame(1));
  EXPECT_EQ(counters.held.value(), 1);
}

TEST_F(FrameChannelTest, WhatWasSentOrNotCanBeHadAgain) {
  channel.publish(frame(10));
  const auto subscriber = consumer();
  channel.publish(frame(20));
  const auto again = channel.after(0, kAll);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(decode<FrameMeta>(*again[0])->frame_id, 10);
  EXPECT_EQ(decode<FrameMeta>(*again[1])->frame_id, 20);
  EXPECT_EQ(decode<FrameMeta>(*again[1])->number, 2U);
  EXPECT_THAT(channel.after(2, kAll), IsEmpty());
}

TEST_F(FrameChannelTest, BackPressureIsPassedOverAndStaysInTheRing) {
  ScriptedPublisher scripted;
  FrameChannel pressed(scripted, counters, numbered, "cam", 1, 9, {10, 1'000'000});
  pressed.publish(frame(1));
  scripted.answer = bus::PublishResult::kBackPressured;
  pressed.publish(frame(2));
  scripted.answer = bus::PublishResult::kSent;
  pressed.publish(frame(3));
  EXPECT_THAT(scripted.sent, ElementsAre(1, 3));
  EXPECT_EQ(counters.unsent.value(), 1);
  EXPECT_EQ(counters.held.value(), 0);
  EXPECT_EQ(accounted(), 3);
  EXPECT_EQ(pressed.after(1, kAll).size(), 2U) << "the consumer sees 3 and can ask for 2";
}

TEST_F(FrameChannelTest, ConsumerThatLeavesInTheLastMomentLosesNothing) {
  ScriptedPublisher scripted;
  FrameChannel left(scripted, counters, numbered, "cam", 1, 9, {10, 1'000'000});
  scripted.answer = bus::PublishResult::kNoSubscriber;
  left.publish(frame(1));
  EXPECT_EQ(counters.held.value(), 1);
  scripted.answer = bus::PublishResult::kSent;
  left.publish(frame(2));
  EXPECT_THAT(scripted.sent, ElementsAre(1, 2));
}

TEST_F(FrameChannelTest, WhatStillWaitsAtTheEndIsDroppedAndCounted) {
  {
    FrameChannel deleted(*publisher, counters, numbered, "gone", 0, 9, {10, 1'000'000});
    deleted.publish(frame(1));
    deleted.publish(frame(2));
    EXPECT_EQ(counters.dropped.value(), 0);
  }
  EXPECT_EQ(counters.dropped.value(), 2);
}

TEST_F(FrameChannelTest, OrderHoldsWhileConsumersComeAndGo) {
  FrameChannel large(*publisher, counters, numbered, "cam", 1, 9, kAll);
  publisher->set_subscription_listener([&large] { large.flush(); });
  constexpr std::uint64_t kMessages = 20'000;
  std::jthread sender([&large] {
    for (std::uint64_t i = 0; i < kMessages; ++i) large.publish({});
  });
  std::uint64_t newest = 0;
  const auto take_one = [&](bus::Subscriber& subscriber) {
    const auto outcome = subscriber.receive(milliseconds(100));
    if (!std::holds_alternative<bus::Received>(outcome)) return false;
    const auto number = decode<FrameMeta>(std::get<bus::Received>(outcome).payload)->number;
    EXPECT_GT(number, newest);
    newest = number;
    return true;
  };
  // What a consumer leaves unread goes with it; what comes while there is none waits for the next.
  for (int i = 0; i < 40; ++i) {
    const auto subscriber = consumer();
    for (int k = 0; k < 200 && take_one(*subscriber); ++k) {
    }
  }
  sender.join();
  const auto last = consumer();
  large.publish({});
  while (newest < kMessages + 1) ASSERT_TRUE(take_one(*last));
  EXPECT_EQ(newest, kMessages + 1);
  EXPECT_EQ(accounted(), static_cast<double>(kMessages + 1));
  publisher->set_subscription_listener({});
}

// Whoever reads the ring while it moves sees every number once, in order, or the ones that are gone not at
// all.
TEST_F(FrameChannelTest, ReadersAndTheWriterDoNotDisturbEachOther) {
  FrameChannel busy(*publisher, counters, numbered, "cam", 1, 9, {50, 1'000'000});
  std::atomic<bool> done = false;
  std::jthread sender([&] {
    for (int i = 0; i < 5'000; ++i) busy.publish({});
    done = true;
  });
  std::uint64_t newest = 0;
  while (!done || newest < 5'000) {
    for (const auto& message : busy.after(newest, {16, 1'000'000})) {
      const auto number = decode<FrameMeta>(*message)->number;
      ASSERT_GT(number, newest);
      newest = number;
    }
  }
  EXPECT_EQ(newest, 5'000U);
}

}  // namespace
}  // namespace stream::ingest
