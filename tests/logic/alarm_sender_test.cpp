#include "alarm_sender.hpp"

#include <gtest/gtest.h>

#include <future>

#include "fakes.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

using bus::EnqueueResult;
using std::chrono::steady_clock;

class Sending : public ::testing::Test {
 protected:
  Sending() {
    alarm_.id = "t:0:1:2";
    alarm_.task_id = "t";
  }

  std::uint64_t ready() { return bus_.queue_stats(topics::kAlarmQueue).value().ready; }

  MoodyBus bus_;
  Metrics metrics_;
  Counters counters_{metrics_};
  AlarmSender sender_{bus_, counters_};
  Alarm alarm_;
};

TEST_F(Sending, AlarmIsInTheQueueUnderItsId) {
  EXPECT_TRUE(sender_.send(alarm_));
  const auto payload = bus_.read_message(topics::kAlarmQueue, "t:0:1:2");
  ASSERT_TRUE(payload);
  EXPECT_EQ(decode<Alarm>(*payload).value(), alarm_);
  EXPECT_EQ(counters_.alarms_stored.value(), 1);
}

TEST_F(Sending, FullAndSilentQueueIsOfferedTheSameIdAgain) {
  bus_.answer_next(EnqueueResult::kFull, 1);
  bus_.answer_next(EnqueueResult::kUnknown, 1);
  EXPECT_TRUE(sender_.send(alarm_));
  EXPECT_EQ(bus_.enqueues(), 3);
  EXPECT_EQ(ready(), 1U);
  EXPECT_EQ(counters_.enqueue_full.value(), 1);
  EXPECT_EQ(counters_.enqueue_unknown.value(), 1);
  EXPECT_EQ(counters_.alarms_stored.value(), 1);
}

TEST_F(Sending, AttemptThatWasStoredWithoutAnAnswerIsNotADuplicate) {
  bus_.answer_next(EnqueueResult::kUnknown, 1, true);
  EXPECT_TRUE(sender_.send(alarm_));
  EXPECT_EQ(ready(), 1U);
  EXPECT_EQ(counters_.alarms_stored.value(), 1);
  EXPECT_EQ(counters_.alarms_duplicate.value(), 0);
}

TEST_F(Sending, AlarmThatIsThereAlreadyIsCountedAsDuplicate) {
  EXPECT_TRUE(sender_.send(alarm_));
  EXPECT_TRUE(sender_.send(alarm_));
  EXPECT_EQ(ready(), 1U);
  EXPECT_EQ(counters_.alarms_duplicate.value(), 1);
}

TEST_F(Sending, WaitingAlarmIsGivenUpWhenTold) {
  bus_.answer_always(EnqueueResult::kFull);
  auto sent = std::async(std::launch::async, [&] { return sender_.send(alarm_); });
  EXPECT_TRUE(eventually([&] { return bus_.enqueues() > 0; }));
  sender_.give_up_at(steady_clock::now());
  EXPECT_FALSE(sent.get());
  EXPECT_EQ(ready(), 0U);
}

TEST_F(Sending, CopyGoesToTheTopicWhileSomebodyListens) {
  EXPECT_TRUE(sender_.send(alarm_));  // nobody does yet
  const auto tap = bus_.make_subscriber({bus::Subscriber::Role::kObserver, 100});
  tap->subscribe("alarm/");
  alarm_.id = "t:0:1:3";
  ASSERT_TRUE(sender_.send(alarm_));
  const auto outcome = tap->receive(bus::milliseconds(5000));
  const auto* received = std::get_if<bus::Received>(&outcome);
  ASSERT_NE(received, nullptr);
  EXPECT_EQ(received->topic, topics::alarm("t", 0));
  EXPECT_EQ(decode<Alarm>(received->payload).value(), alarm_);
}

}  // namespace
}  // namespace stream::logic
