#include "event_reports.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reporter_fixture.hpp"

namespace stream::reporter {
namespace {

using test::BadReceiver;
using test::Reply;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = test::Reply::Kind;

SystemEvent an_event(int number, std::int64_t at_ms = events::Moment::now().unix_ms) {
  SystemEvent event;
  event.id = fmt::format("disk:{}", number);
  event.kind = "disk_nearly_full";
  event.severity = "warning";
  event.subject = "/data";
  event.text = "91 % used";
  event.since_ms = at_ms;
  event.at_ms = at_ms;
  event.node = "broker";
  return event;
}

class EventReportsTest : public ReporterTest {
 protected:
  void post_to(const std::vector<std::string>& urls) {
    ReporterConfig config = quick();
    config.event_urls = urls;
    poster_ = Poster::create(config.poster()).value();
    reports_ = std::make_unique<EventReports>(bus_, *poster_, metrics_, events_,
                                              config.parsed_event_urls().value(), config.backoff());
  }
  void tell(const SystemEvent& event) {
    ASSERT_EQ(memory_bus_->enqueue(topics::kEventQueue, event.id, encode(event)),
              bus::EnqueueResult::kStored);
  }
  std::uint64_t left(const std::string& queue) {
    const auto now = memory_bus_->queue_stats(queue).value();
    return now.ready + now.delayed + now.leased + now.parked;
  }
  double events_counted(const std::string& outcome) {
    return counted("stream_reporter_events_total", {{"outcome", outcome}});
  }
  // What the reporter-node itself had to tell.
  std::vector<std::string> told() {
    std::vector<std::string> kinds;
    const auto items = memory_bus_->list_queue(topics::kEventQueue, {}, 100).value();
    for (const auto& item : items) {
      kinds.push_back(
          decode<SystemEvent>(memory_bus_->read_message(topics::kEventQueue, item.id).value()).value().kind);
    }
    return kinds;
  }

  std::unique_ptr<EventReports> reports_;
};

TEST_F(EventReportsTest, EachEventReachesEachUrlOnce) {
  BadReceiver one([](std::size_t) { return Reply{}; });
  BadReceiver two([](std::size_t) { return Reply{}; });
  post_to({one.url("/events"), two.url()});
  for (int i = 0; i < 5; ++i) tell(an_event(i));
  ASSERT_TRUE(eventually([&] { return events_counted("delivered") == 10; }));
  EXPECT_EQ(keys(one.posts()).size(), 5U);
  EXPECT_EQ(one.posts().size(), 5U);
  EXPECT_EQ(two.posts().size(), 5U);
  EXPECT_TRUE(eventually([&] { return left("events") + left(event_queue_of(one.url("/events"))) == 0; }));

  const auto post = one.posts().front();
  EXPECT_THAT(post.head, HasSubstr("POST /events "));
  EXPECT_THAT(post.head, HasSubstr("application/json"));
  const auto body = nlohmann::json::parse(post.body);
  EXPECT_EQ(body.at("id"), post.idempotency_key);
  EXPECT_EQ(body.at("kind"), "disk_nearly_full");
  EXPECT_EQ(body.at("subject"), "/data");
  EXPECT_EQ(body.at("cleared"), false);
}

TEST_F(EventReportsTest, AUrlThatIsDownLosesNothingAndDelaysNobody) {
  std::atomic<bool> down = true;
  BadReceiver bad([&](std::size_t) { return down ? Reply::with(503) : Reply{}; });
  BadReceiver good([](std::size_t) { return Reply{}; });
  post_to({bad.url(), good.url()});
  for (int i = 0; i < 5; ++i) tell(an_event(i));
  // The sixth says that the other one is down.
  ASSERT_TRUE(eventually([&] { return good.posts().size() == 6 && bad.posts().size() > 5; }));
  EXPECT_THAT(good.posts().back().body, HasSubstr(R"("kind":"receiver_down")"));
  EXPECT_EQ(bad.most_at_once(), 1U);
  down = false;
  EXPECT_TRUE(eventually([&] { return good.posts().size() == 7 && events_counted("delivered") == 14; }));
  EXPECT_THAT(good.posts().back().body, HasSubstr(R"("kind":"receiver_up")"));
  EXPECT_EQ(keys(bad.posts()).size(), 7U);
  EXPECT_TRUE(eventually([&] { return left(event_queue_of(bad.url())) == 0; }));
}

TEST_F(EventReportsTest, ARestartLosesNothing) {
  std::atomic<bool> down = true;
  BadReceiver receiver([&](std::size_t) { return down ? Reply::of(Kind::kResetAtOnce) : Reply{}; });
  post_to({receiver.url()});
  tell(an_event(1));
  ASSERT_TRUE(eventually([&] { return receiver.connections() > 1; }));
  reports_.reset();
  EXPECT_EQ(left(event_queue_of(receiver.url())), 1U);
  down = false;
  post_to({receiver.url()});
  EXPECT_TRUE(eventually([&] { return events_counted("delivered") == 1; }));
}

TEST_F(EventReportsTest, WithoutUrlsNothingPilesUp) {
  post_to({});
  for (int i = 0; i < 100; ++i) tell(an_event(i));
  EXPECT_TRUE(eventually([&] { return left("events") == 0; }));
}

TEST_F(EventReportsTest, WhatIsRefusedOrTooOldIsGivenUp) {
  BadReceiver receiver([](std::size_t) { return Reply::with(404); });
  post_to({receiver.url()});
  tell(an_event(1));
  tell(an_event(2, 1'700'000'000'000));
  EXPECT_TRUE(eventually([&] { return events_counted("refused") == 1 && events_counted("expired") == 1; }));
  EXPECT_TRUE(eventually([&] { return left(event_queue_of(receiver.url())) == 0; }));
  EXPECT_EQ(receiver.posts().size(), 1U);
}

TEST_F(EventReportsTest, ABrokerThatCannotTakeItDownIsAskedAgain) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  bus_.full = true;
  post_to({receiver.url()});
  tell(an_event(1));
  ASSERT_TRUE(eventually([&] { return memory_bus_->queue_stats("events").value().delayed == 1; }));
  bus_.full = false;
  EXPECT_TRUE(eventually([&] { return receiver.posts().size() == 1; }));
}

TEST_F(EventReportsTest, AUrlThatIsNoneIsAnErrorThatHidesItsPassword) {
  ReporterConfig config;
  config.event_urls = {"http://127.0.0.1/", "ftp://user:geheim@host/"};
  const auto parsed = config.parsed_event_urls();
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("event_urls"));
  EXPECT_THAT(parsed.error().message, Not(HasSubstr("geheim")));
}

TEST_F(EventReportsTest, AReceiverThatIsDownAndUpAgainIsToldOnceEach) {
  std::atomic<bool> down = true;
  BadReceiver receiver([&](std::size_t) { return down ? Reply::with(503) : Reply{}; });
  start();
  enqueue(5, {receiver.url()});
  ASSERT_TRUE(eventually([&] { return !told().empty(); }));
  EXPECT_THAT(told(), ElementsAre("receiver_down"));
  down = false;
  ASSERT_TRUE(done());
  EXPECT_TRUE(eventually([&] { return told().size() == 2; }));
  EXPECT_THAT(told(), ElementsAre("receiver_down", "receiver_up"));
}

TEST_F(EventReportsTest, AReceiverThatRefusesIsNotDown) {
  BadReceiver receiver([](std::size_t) { return Reply::with(404); });
  start();
  enqueue(3, {receiver.url()});
  ASSERT_TRUE(done());
  EXPECT_THAT(told(), IsEmpty());
}

// Ten alarms a second for a dead receiver must not bury everything else in the log.
TEST_F(EventReportsTest, ADeadReceiverIsInTheLogOnceAndNotAHundredTimes) {
  BadReceiver dead([](std::size_t) { return Reply::with(503); });
  ::testing::internal::CaptureStderr();
  start();
  enqueue(200, {dead.url()});
  const bool tried = eventually([&] { return dead.posts().size() > 50 && !told().empty(); }, 60s);
  stop();
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(tried);
  EXPECT_THAT(log, HasSubstr("report_failed"));
  EXPECT_THAT(log, HasSubstr("receiver_down"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
}

TEST_F(EventReportsTest, AReceiverThatRefusesIsInTheLogOnceToo) {
  BadReceiver receiver([](std::size_t) { return Reply::with(404); });
  ::testing::internal::CaptureStderr();
  start();
  enqueue(20, {receiver.url()});
  const bool refused = done();
  stop();
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(refused);
  EXPECT_THAT(log, HasSubstr("report_failed"));
  std::size_t lines = 0;
  for (auto at = log.find("report_failed"); at != std::string::npos; at = log.find("report_failed", at + 1))
    ++lines;
  EXPECT_EQ(lines, 1U) << log;
}

}  // namespace
}  // namespace stream::reporter
