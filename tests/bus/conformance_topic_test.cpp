#include <gmock/gmock.h>

#include <atomic>

#include "engines.hpp"
#include "stream/common/eventually.hpp"

namespace stream::bus {
namespace {

using std::chrono::seconds;
using Role = Subscriber::Role;

class TopicConformance : public Conformance {
 protected:
  std::unique_ptr<Subscriber> subscriber(std::string_view prefix, Role role = Role::kConsumer,
                                         std::uint32_t queue_messages = 1000) {
    auto made = second_bus_.make_subscriber({.role = role, .queue_messages = queue_messages});
    made->subscribe(prefix);
    return made;
  }
  std::unique_ptr<Publisher> publisher_ = bus_.make_publisher();

  bool subscribed(std::string_view topic) {
    return eventually([&] { return publisher_->has_subscriber(topic); });
  }
  bool unsubscribed(std::string_view topic) {
    return eventually([&] { return !publisher_->has_subscriber(topic); });
  }
};

// The next message; fails the test when none comes.
Received next(Subscriber& subscriber, milliseconds timeout = seconds(5)) {
  ReceiveOutcome outcome = subscriber.receive(timeout);
  if (auto* received = std::get_if<Received>(&outcome)) return std::move(*received);
  ADD_FAILURE() << "no message came";
  return {};
}

bool silent(Subscriber& subscriber) {
  return std::holds_alternative<TimedOut>(subscriber.receive(milliseconds(30)));
}

TEST_P(TopicConformance, MessagesArriveInOrderWithSenderAndSequence) {
  const auto consumer = subscriber("frame/a/0/");
  ASSERT_TRUE(subscribed("frame/a/0/"));
  for (int i = 1; i <= 100; ++i) {
    ASSERT_EQ(publisher_->publish("frame/a/0/", std::to_string(i)), PublishResult::kSent);
  }
  std::uint64_t sender = 0;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    const Received message = next(*consumer);
    EXPECT_EQ(message.topic, "frame/a/0/");
    EXPECT_EQ(message.payload, std::to_string(i));
    EXPECT_EQ(message.sequence, i);
    EXPECT_EQ(message.lost, 0U);
    EXPECT_NE(message.sender, 0U);
    EXPECT_EQ(message.sender, sender == 0 ? message.sender : sender);
    sender = message.sender;
  }
}

TEST_P(TopicConformance, WithoutSubscriberNothingIsSentOrNumbered) {
  EXPECT_EQ(publisher_->publish("frame/a/0/", "lost"), PublishResult::kNoSubscriber);
  const auto consumer = subscriber("frame/a/0/");
  ASSERT_TRUE(subscribed("frame/a/0/"));
  EXPECT_EQ(publisher_->publish("frame/b/0/", "elsewhere"), PublishResult::kNoSubscriber);
  EXPECT_EQ(publisher_->publish("frame/a/0/", "first"), PublishResult::kSent);
  const Received message = next(*consumer);
  EXPECT_EQ(message.payload, "first");
  EXPECT_EQ(message.sequence, 1U);
}

TEST_P(TopicConformance, NumberedTasksDoNotHearEachOther) {
  const auto consumer = subscriber("frame/11/");
  const auto other = subscriber("frame/113/");
  ASSERT_TRUE(subscribed("frame/113/") && subscribed("frame/11/"));
  ASSERT_EQ(publisher_->publish("frame/113/", "x"), PublishResult::kSent);
  EXPECT_EQ(next(*other).payload, "x");
  EXPECT_TRUE(silent(*consumer));
}

TEST_P(TopicConformance, PrefixAndEmptySubscriptionsHearWhatIsBelow) {
  const auto task = subscriber("frame/a/", Role::kObserver);
  const auto all = subscriber("", Role::kObserver);
  ASSERT_TRUE(subscribed("frame/a/0/") && subscribed("event/"));
  ASSERT_EQ(publisher_->publish("frame/a/0/", "1"), PublishResult::kSent);
  ASSERT_EQ(publisher_->publish("event/a/", "2"), PublishResult::kSent);
  EXPECT_EQ(next(*task).payload, "1");
  EXPECT_TRUE(silent(*task));
  EXPECT_EQ(next(*all).payload, "1");
  EXPECT_EQ(next(*all).payload, "2");
}

TEST_P(TopicConformance, ObserverOfAWholeTopicHearsOnlyItAndIsNoConsumer) {
  const auto tap = subscriber("frame/11/", Role::kObserver);
  ASSERT_TRUE(subscribed("frame/11/"));
  EXPECT_FALSE(publisher_->has_consumer("frame/11/"));
  const auto everything = subscriber("", Role::kObserver);
  ASSERT_TRUE(subscribed("frame/113/"));
  ASSERT_EQ(publisher_->publish("frame/113/", "other"), PublishResult::kSent);
  ASSERT_EQ(publisher_->publish("frame/11/", "mine"), PublishResult::kSent);
  EXPECT_EQ(next(*tap).payload, "mine");

  const auto consumer = subscriber("frame/11/");
  EXPECT_TRUE(eventually([&] { return publisher_->has_consumer("frame/11/"); }));
}

TEST_P(TopicConformance, UnsubscribingEndsItForThisTopicOnly) {
  const auto consumer = subscriber("a/");
  consumer->subscribe("b/");
  ASSERT_TRUE(subscribed("a/") && subscribed("b/"));
  consumer->unsubscribe("a/");
  ASSERT_TRUE(unsubscribed("a/"));
  EXPECT_FALSE(publisher_->has_consumer("a/"));
  EXPECT_EQ(publisher_->publish("a/", "x"), PublishResult::kNoSubscriber);
  EXPECT_EQ(publisher_->publish("b/", "y"), PublishResult::kSent);
  EXPECT_EQ(next(*consumer).payload, "y");
}

TEST_P(TopicConformance, SubscriberThatEndsIsNoSubscriberAnyMore) {
  auto consumer = subscriber("a/");
  ASSERT_TRUE(subscribed("a/"));
  consumer.reset();
  EXPECT_TRUE(unsubscribed("a/"));
}

TEST_P(TopicConformance, ListenerIsCalledForSubscriptionsAndMayPublish) {
  std::atomic<int> sent = 0;
  publisher_->set_subscription_listener([&] {
    if (publisher_->has_consumer("a/") && publisher_->publish("a/", "held") == PublishResult::kSent) ++sent;
  });
  const auto consumer = subscriber("a/");
  EXPECT_EQ(next(*consumer).payload, "held");
  publisher_->set_subscription_listener({});
  EXPECT_GE(sent, 1);
}

TEST_P(TopicConformance, LossesOfASlowSubscriberAreCountedExactly) {
  constexpr std::uint64_t kMessages = 20'000;
  const auto slow = subscriber("a/", Role::kConsumer, 10);
  ASSERT_TRUE(subscribed("a/"));
  std::uint64_t refused = 0;
  const std::string payload(2000, 'x');
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    if (publisher_->publish("a/", payload) == PublishResult::kBackPressured) ++refused;
  }
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  ReceiveOutcome outcome;
  while (outcome = slow->receive(milliseconds(300)), std::holds_alternative<Received>(outcome)) {
    ++received;
    lost += std::get<Received>(outcome).lost;
  }
  // The end of the gap is seen with the next message that gets through.
  ASSERT_EQ(publisher_->publish("a/", "last"), PublishResult::kSent);
  lost += next(*slow).lost;
  EXPECT_EQ(received + lost, kMessages);
  EXPECT_GT(lost, 0U);
  EXPECT_GE(lost, refused);
}

TEST_P(TopicConformance, TwoPublishersAreCountedApart) {
  const auto other = second_bus_.make_publisher();
  const auto consumer = subscriber("a/");
  ASSERT_TRUE(subscribed("a/"));
  ASSERT_TRUE(eventually([&] { return other->has_subscriber("a/"); }));
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(publisher_->publish("a/", "one"), PublishResult::kSent);
    ASSERT_EQ(other->publish("a/", "two"), PublishResult::kSent);
  }
  std::map<std::uint64_t, std::uint64_t> last;
  for (int i = 0; i < 100; ++i) {
    const Received message = next(*consumer);
    EXPECT_EQ(message.lost, 0U);
    EXPECT_EQ(message.sequence, ++last[message.sender]);
  }
  EXPECT_EQ(last.size(), 2U);
}

TEST_P(TopicConformance, SubscribersHearTheSameMessages) {
  const auto one = subscriber("a/");
  const auto two = subscriber("a/");
  ASSERT_TRUE(subscribed("a/"));
  // Both are known when both hear: the first messages may come before the second subscription arrived.
  ASSERT_TRUE(eventually([&] {
    if (publisher_->publish("a/", "probe") != PublishResult::kSent) return false;
    return std::holds_alternative<Received>(two->receive(milliseconds(50)));
  }));
  ASSERT_EQ(publisher_->publish("a/", "end"), PublishResult::kSent);
  for (Subscriber* subscriber : {one.get(), two.get()}) {
    std::string payload;
    while (payload != "end") {
      const Received message = next(*subscriber);
      ASSERT_FALSE(message.topic.empty());
      payload = message.payload;
    }
    EXPECT_TRUE(silent(*subscriber));
  }
}

TEST_P(TopicConformance, SharedPayloadIsReleasedAfterUse) {
  const auto consumer = subscriber("body/a/");
  ASSERT_TRUE(subscribed("body/a/"));
  auto body = std::make_shared<const std::string>(500'000, 'b');
  const std::weak_ptr<const std::string> alive = body;
  ASSERT_EQ(publisher_->publish_shared("body/a/", body, *body), PublishResult::kSent);
  EXPECT_EQ(publisher_->publish_shared("body/nobody/", body, *body), PublishResult::kNoSubscriber);
  body.reset();
  EXPECT_EQ(next(*consumer).payload, std::string(500'000, 'b'));
  EXPECT_TRUE(eventually([&] { return alive.expired(); }));
}

INSTANTIATE_TEST_SUITE_P(Engines, TopicConformance, testing::ValuesIn(all_engines()), engine_name);

}  // namespace
}  // namespace stream::bus
