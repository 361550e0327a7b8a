#include "stream/events/system_events.hpp"

#include <gmock/gmock.h>

#include "flaky_bus.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/events/disk_watch.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::events {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

SystemEventsOptions quick() {
  SystemEventsOptions options;
  options.board.hold = 1ms;
  return options;
}

class SystemEventsTest : public ::testing::Test {
 protected:
  SystemEventsTest() { subscriber_->subscribe(topics::kSystemEvent); }

  // What has come on the topic until there are so many, or for 200 ms.
  std::vector<std::string> told(std::size_t count) {
    std::vector<std::string> kinds;
    static_cast<void>(eventually(
        [&] {
          const auto outcome = subscriber_->receive(20ms);
          if (const auto* message = std::get_if<bus::Received>(&outcome)) {
            kinds.push_back(decode<SystemEvent>(message->payload).value().kind);
          }
          return kinds.size() > count;
        },
        200ms));
    return kinds;
  }
  std::vector<std::string> queued() {
    std::vector<std::string> kinds;
    const auto items = memory_bus_->list_queue(topics::kEventQueue, {}, 1000).value();
    for (const auto& item : items) {
      const auto payload = memory_bus_->read_message(topics::kEventQueue, item.id).value();
      kinds.push_back(decode<SystemEvent>(payload).value().kind);
    }
    return kinds;
  }
  bool eventually_queued(std::size_t count) {
    return eventually([&] { return queued().size() == count; });
  }

  const std::unique_ptr<bus::Bus> memory_bus_ = bus::make_memory_bus();
  reporter::test::FlakyBus bus_{*memory_bus_};
  const std::unique_ptr<bus::Subscriber> subscriber_ =
      memory_bus_->make_subscriber({.role = bus::Subscriber::Role::kObserver});
  Metrics metrics_;
};

TEST_F(SystemEventsTest, EachIsToldOnceOnTheTopicInTheQueueAndInTheLog) {
  ::testing::internal::CaptureStderr();
  {
    SystemEvents events(bus_, "api-1", metrics_, quick());
    for (int i = 0; i < 100; ++i) events.see({Kind::kCamera, "cam1", true, "no video"});
    EXPECT_TRUE(eventually_queued(1));
    events.see({Kind::kCamera, "cam1", false, "video again"});
    EXPECT_TRUE(eventually_queued(2));
  }
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(queued(), ElementsAre("camera_offline", "camera_online"));
  EXPECT_THAT(told(2), ElementsAre("camera_offline", "camera_online"));
  EXPECT_THAT(log, HasSubstr("camera_offline subject=cam1 text=\"no video\""));
  EXPECT_THAT(log, HasSubstr("camera_online subject=cam1 text=\"video again\""));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_EQ(metrics_.counter("stream_events_told_total", "", {{"kind", "camera_offline"}}).value(), 1);
}

TEST_F(SystemEventsTest, WhatSeveralNodesSeeOneOfThemTells) {
  ::testing::internal::CaptureStderr();
  {
    SystemEvents one(bus_, "api-1", metrics_, quick());
    SystemEvents two(bus_, "api-2", metrics_, quick());
    for (SystemEvents* events : {&one, &two}) {
      events->announce(Kind::kNode, "logic/a", "new", "node:logic:a:1:joined");
      events->see({Kind::kNode, "logic/a", true, "gone", "node:logic:a:1:lost"});
      events->see({Kind::kNode, "logic/a", false, "back"});
    }
    EXPECT_TRUE(eventually_queued(3));
  }
  const auto log = ::testing::internal::GetCapturedStderr();
  // The queue keeps the order; on the topic one teller may be ahead of the other's last words.
  EXPECT_THAT(queued(), ElementsAre("node_joined", "node_lost", "node_joined"));
  EXPECT_THAT(told(3), UnorderedElementsAre("node_joined", "node_lost", "node_joined"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 3) << log;
}

TEST_F(SystemEventsTest, WhileTheBrokerIsAwayTheLogTellsAndNothingIsLost) {
  bus_.unheard_enqueues = 1'000'000;
  ::testing::internal::CaptureStderr();
  SystemEvents events(bus_, "api-1", metrics_, quick());
  events.see({Kind::kDisk, "/data", true, "full"});
  events.see({Kind::kCrashLoop, "cam1", true, "dies"});
  const auto counted = [&](const char* kind) {
    return metrics_.counter("stream_events_told_total", "", {{"kind", kind}}).value();
  };
  EXPECT_TRUE(eventually([&] { return counted("disk_nearly_full") + counted("crash_loop") == 2; }));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("crash_loop subject=cam1"));
  EXPECT_THAT(told(0), IsEmpty());
  bus_.unheard_enqueues = 0;
  EXPECT_TRUE(eventually_queued(2));
  EXPECT_THAT(told(2), ElementsAre("disk_nearly_full", "crash_loop"));
  EXPECT_EQ(counted("crash_loop"), 1) << "told twice";
}

TEST_F(SystemEventsTest, AnAnswerThatIsLostMakesNoDoubleAndNoSilence) {
  bus_.lost_enqueue_answers = 1;
  SystemEvents events(bus_, "api-1", metrics_, quick());
  events.see({Kind::kDisk, "/data", true, "full"});
  EXPECT_TRUE(eventually([&] { return bus_.lost_enqueue_answers == 0 && told(1).size() == 1; }));
  EXPECT_THAT(queued(), ElementsAre("disk_nearly_full"));
}

TEST_F(SystemEventsTest, AFullDiskIsToldOnTheTopicAtOnceAndKeptForTheQueue) {
  bus_.full = true;
  SystemEvents events(bus_, "broker", metrics_, quick());
  events.see({Kind::kDisk, "/data", true, "full"});
  EXPECT_TRUE(eventually([&] { return !told(1).empty(); }));
  EXPECT_THAT(queued(), IsEmpty());
  bus_.full = false;
  EXPECT_TRUE(eventually_queued(1));
  EXPECT_THAT(told(0), IsEmpty()) << "told twice";
}

TEST_F(SystemEventsTest, WhatWaitsForTheBrokerIsBoundedAndTheNewestIsKept) {
  bus_.unheard_enqueues = 1'000'000;
  auto options = quick();
  options.most = 3;
  SystemEvents events(bus_, "api-1", metrics_, options);
  for (int i = 0; i < 10; ++i) events.see({Kind::kCamera, std::to_string(i), true, ""});
  const auto dropped = metrics_.counter("stream_events_dropped_total", "", {{"reason", "full"}});
  EXPECT_TRUE(eventually([&] { return dropped.value() == 7; }));
  bus_.unheard_enqueues = 0;
  EXPECT_TRUE(eventually_queued(3));
}

TEST_F(SystemEventsTest, WhatWasSeenLastIsToldBeforeTheEnd) {
  {
    SystemEvents events(bus_, "api-1", metrics_, quick());
    events.see({Kind::kDisk, "/data", true, "full"});
  }
  EXPECT_THAT(queued(), ElementsAre("disk_nearly_full"));
}

TEST_F(SystemEventsTest, WithoutAReporterNodeTheQueueStaysEmpty) {
  auto options = quick();
  options.queue = false;
  SystemEvents events(bus_, "client", metrics_, options);
  events.see({Kind::kDisk, "/data", true, "full"});
  EXPECT_TRUE(eventually([&] { return !told(1).empty(); }));
  EXPECT_THAT(queued(), IsEmpty());
}

TEST_F(SystemEventsTest, ADiskOverTheLimitIsTold) {
  const test::TemporaryFolder folder;
  SystemEvents events(bus_, "broker", metrics_, quick());
  const auto space = disk_space(folder.path());
  ASSERT_TRUE(space);
  if (space->used_percent < 1) GTEST_SKIP() << "the disk is empty";
  const DiskWatch watch(events, folder.path(), {.nearly_full_percent = 1});
  EXPECT_TRUE(eventually_queued(1));
  const DiskWatch none(events, folder.path() / "..", {.nearly_full_percent = 0});
  EXPECT_THAT(told(1), ElementsAre("disk_nearly_full"));
}

// ---- across restarts

class SystemEventsKeptTest : public SystemEventsTest {
 protected:
  std::unique_ptr<SystemEvents> process() {
    return std::make_unique<SystemEvents>(bus_, "api-1", metrics_, quick().kept_at(kKey));
  }
  std::optional<BegunEvents> kept() {
    const auto entry = memory_bus_->get(kKey).value();
    if (!entry) return std::nullopt;
    return decode<BegunEvents>(entry->value).value();
  }
  // A process begins something, and ends with it.
  void begin(const Sight& sight) {
    const auto events = process();
    events->see(sight);
    ASSERT_TRUE(eventually_queued(1));
  }
  std::vector<std::string> ids() {
    std::vector<std::string> ids;
    const auto items = memory_bus_->list_queue(topics::kEventQueue, {}, 1000).value();
    for (const auto& item : items) ids.push_back(item.id);
    return ids;
  }

  static constexpr const char* kKey = "ev/api/api-1";
};

TEST_F(SystemEventsKeptTest, WhatBeganBeforeARestartEndsOnceWithItsIdAfterIt) {
  begin({Kind::kDisk, "/data", true, "full"});
  ASSERT_TRUE(kept());
  for (int restarts = 0; restarts < 3; ++restarts) process()->see({Kind::kDisk, "/data", true, "full"});
  EXPECT_EQ(queued().size(), 1U) << "told again";
  const auto events = process();
  events->see({Kind::kDisk, "/data", false, "room"});
  ASSERT_TRUE(eventually_queued(2));
  EXPECT_THAT(queued(), ElementsAre("disk_nearly_full", "disk_has_room"));
  EXPECT_EQ(ids()[1], ids()[0] + ":over");
  EXPECT_TRUE(eventually([&] { return !kept(); })) << "nothing to keep, but the key is there";
  EXPECT_THAT(told(2), ElementsAre("disk_nearly_full", "disk_has_room"));
}

TEST_F(SystemEventsKeptTest, OnlyWhatChangesIsWritten) {
  const auto events = process();
  for (int i = 0; i < 100; ++i) {
    events->see({Kind::kDisk, "/data", false, ""});
    events->see({Kind::kDisk, "/full", true, std::to_string(i)});
  }
  ASSERT_TRUE(eventually_queued(1));
  events->see({Kind::kDisk, "/full", false, "room"});
  EXPECT_TRUE(eventually([&] { return queued().size() == 2 && !kept(); }));
  EXPECT_EQ(bus_.writes, 2);
}

TEST_F(SystemEventsKeptTest, WhatIsSeenBeforeTheBrokerAnswersIsNotToldAgain) {
  begin({Kind::kDisk, "/data", true, "full"});
  bus_.failing_gets = 1'000'000;
  const auto events = process();
  events->see({Kind::kDisk, "/data", true, "full"});
  events->see({Kind::kCamera, "cam1/0", true, "no video"});
  EXPECT_TRUE(eventually([&] { return bus_.failing_gets < 1'000'000; }));
  EXPECT_EQ(queued().size(), 1U);
  bus_.failing_gets = 0;
  ASSERT_TRUE(eventually_queued(2));
  EXPECT_THAT(queued(), ElementsAre("disk_nearly_full", "camera_offline"));
  EXPECT_TRUE(eventually([&] { return kept() && kept()->events.size() == 2; }));
}

TEST_F(SystemEventsKeptTest, WhatWasKeptAndNotToldIsTold) {
  bus_.unheard_enqueues = 1'000'000;
  {
    const auto events = process();
    events->see({Kind::kDisk, "/data", true, "full"});
    EXPECT_TRUE(eventually([&] { return kept().has_value(); }));
  }
  EXPECT_THAT(queued(), IsEmpty());
  bus_.unheard_enqueues = 0;
  const auto events = process();
  EXPECT_TRUE(eventually_queued(1));
  EXPECT_THAT(queued(), ElementsAre("disk_nearly_full"));
}

TEST_F(SystemEventsKeptTest, AnEndThatWasNotToldIsToldByTheNextProcess) {
  begin({Kind::kDisk, "/data", true, "full"});
  bus_.unheard_enqueues = 1'000'000;
  {
    const auto events = process();
    events->see({Kind::kDisk, "/data", false, "room"});
    const auto over = metrics_.counter("stream_events_told_total", "", {{"kind", "disk_has_room"}});
    EXPECT_TRUE(eventually([&] { return over.value() == 1; }));
  }
  ASSERT_TRUE(kept());
  bus_.unheard_enqueues = 0;
  const auto events = process();
  events->see({Kind::kDisk, "/data", false, "room"});
  EXPECT_TRUE(eventually_queued(2));
  EXPECT_TRUE(eventually([&] { return !kept(); }));
}

TEST_F(SystemEventsKeptTest, AFullDiskIsToldThoughNothingCanBeKept) {
  bus_.full = true;
  const auto events = process();
  events->see({Kind::kDisk, "/data", true, "full"});
  EXPECT_TRUE(eventually([&] { return !told(1).empty(); }));
  EXPECT_FALSE(kept());
  bus_.full = false;
  EXPECT_TRUE(eventually([&] { return kept().has_value() && queued().size() == 1; }));
}

TEST_F(SystemEventsKeptTest, ALostAnswerOfTheBrokerDoesNotStopTheKeeping) {
  bus_.lost_cas_answers = 1;
  const auto events = process();
  events->see({Kind::kDisk, "/data", true, "full"});
  ASSERT_TRUE(eventually_queued(1));
  events->see({Kind::kDisk, "/data", false, "room"});
  EXPECT_TRUE(eventually([&] { return queued().size() == 2 && !kept(); }));
}

TEST_F(SystemEventsKeptTest, ManyThatHaveBegunAreNotToldAgainInTheLogEither) {
  constexpr std::size_t kMany = 600;  // more than may wait for the broker
  ::testing::internal::CaptureStderr();
  {
    const auto events = process();
    for (std::size_t i = 0; i < kMany; ++i) {
      events->see({Kind::kCamera, std::to_string(i), true, ""});
      if (i % 100 == 99) {
        EXPECT_TRUE(eventually_queued(i + 1));
      }
    }
  }
  static_cast<void>(::testing::internal::GetCapturedStderr());
  ::testing::internal::CaptureStderr();
  {
    const auto events = process();
    events->see({Kind::kCamera, "0", false, ""});
    EXPECT_TRUE(eventually_queued(kMany + 1));
  }
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

TEST_F(SystemEventsKeptTest, WhatCannotBeReadIsLoggedOnceAndRemoved) {
  ASSERT_TRUE(memory_bus_->cas(kKey, 0, "rubbish").done());
  ::testing::internal::CaptureStderr();
  {
    const auto events = process();
    EXPECT_TRUE(eventually([&] { return !memory_bus_->get(kKey).value().has_value(); }));
  }
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("begun_events_unreadable key=ev/api/api-1"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

TEST_F(SystemEventsKeptTest, WhatIsKeptIsBoundedAndTheRestCounted) {
  ::testing::internal::CaptureStderr();
  auto events = process();
  const std::string long_text(10'000, 'x');
  for (int i = 0; i < 100; ++i) events->see({Kind::kCamera, std::to_string(i), true, long_text});
  const auto not_kept = metrics_.gauge("stream_events_not_kept", "");
  EXPECT_TRUE(eventually(
      [&] { return kept() && not_kept.value() + static_cast<double>(kept()->events.size()) == 100; }));
  EXPECT_LT(memory_bus_->get(kKey).value()->value.size(), 600'000U);
  events.reset();
  static_cast<void>(::testing::internal::GetCapturedStderr());
}

}  // namespace
}  // namespace stream::events
