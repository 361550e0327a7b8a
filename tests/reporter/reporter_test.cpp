#include "reporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "alarm_files.hpp"
#include "bad_receiver.hpp"
#include "flaky_bus.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/receiver/receiver.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::reporter {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = test::Reply::Kind;
using test::BadReceiver;
using test::Reply;

constexpr auto kQueue = topics::kAlarmQueue;

Alarm an_alarm(int number, std::vector<std::string> urls, std::string task = "task") {
  Alarm alarm;
  alarm.id = fmt::format("{}:0:7:{}", task, number);
  alarm.task_id = std::move(task);
  alarm.src_id = "camera";
  alarm.frame_index = number;
  alarm.scene = picture::placeholder_jpeg();
  alarm.events.push_back({16, {1, 2, 3, 4}, picture::placeholder_jpeg(), R"({"VehicleLicense":"x"})", "x"});
  alarm.report_urls = std::move(urls);
  return alarm;
}

// Comes again soon, and waits as long for answers as a busy machine needs.
ReporterConfig quick() {
  ReporterConfig config;
  config.retry_first = 20ms;
  config.retry_most = 200ms;
  config.stop_grace = 200ms;
  return config;
}

// For receivers of which only a time-out gets rid.
ReporterConfig impatient() {
  auto config = quick();
  config.connect_timeout = 500ms;
  config.send_timeout = 500ms;
  config.answer_timeout = 500ms;
  return config;
}

class ReporterTest : public ::testing::Test {
 protected:
  void start(const ReporterConfig& config = quick()) {
    poster_ = Poster::create(config.poster()).value();
    reporter_ = std::make_unique<Reporter>(bus_, *poster_, metrics_, config);
  }
  void stop() { reporter_.reset(); }

  void enqueue(const Alarm& alarm) {
    ASSERT_EQ(memory_bus_->enqueue(kQueue, alarm.id, encode(alarm)), bus::EnqueueResult::kStored);
  }
  void enqueue(int count, const std::vector<std::string>& urls, const std::string& task = "task") {
    for (int i = 0; i < count; ++i) enqueue(an_alarm(i, urls, task));
  }

  // Alarms that nobody works on, of those not settled for good; -1 when somebody does.
  std::int64_t given_back() {
    const auto now = memory_bus_->queue_stats(kQueue).value();
    return now.leased > 0 ? -1 : static_cast<std::int64_t>(now.ready + now.delayed);
  }
  // Every alarm is settled for good.
  bool done() {
    return eventually([&] { return given_back() == 0; }, 60s);
  }
  std::vector<bus::QueueItem> parked() {
    return memory_bus_->list_queue(kQueue, bus::QueueState::kParked, 100).value();
  }
  double counted(const std::string& name, const Labels& labels = {}) {
    return metrics_.counter(name, "", labels).value();
  }

  const std::unique_ptr<bus::Bus> memory_bus_ = bus::make_memory_bus();
  test::FlakyBus bus_{*memory_bus_};
  Metrics metrics_;
  std::unique_ptr<Poster> poster_;
  std::unique_ptr<Reporter> reporter_;
};

std::set<std::string> keys(const std::vector<test::Post>& posts) {
  std::set<std::string> ids;
  for (const auto& post : posts) ids.insert(post.idempotency_key);
  return ids;
}

TEST_F(ReporterTest, EveryAlarmReachesTheReceiverOnceAndIsAcknowledged) {
  std::vector<receiver::ReceivedAlarm> received;
  receiver::ReceiverOptions options;
  options.on_alarm = [&](const receiver::ReceivedAlarm& alarm) { received.push_back(alarm); };
  auto receiver = receiver::Receiver::start(options);
  ASSERT_TRUE(receiver);
  enqueue(50, {(*receiver)->url()});
  start();
  ASSERT_TRUE(done());
  stop();

  ASSERT_EQ(received.size(), 50U);
  std::set<std::string> ids;
  for (const auto& alarm : received) ids.insert(alarm.alarm_id);
  EXPECT_EQ(ids.size(), 50U);
  EXPECT_EQ(received[0].events.size(), 1U);
  EXPECT_TRUE(parked().empty());
  EXPECT_EQ(counted("stream_reporter_alarms_total", {{"outcome", "delivered"}, {"reason", "ok"}}), 50);
}

TEST_F(ReporterTest, UrlsTakeTurnsPerTask) {
  BadReceiver a([](std::size_t) { return Reply{}; });
  BadReceiver b([](std::size_t) { return Reply{}; });
  enqueue(10, {a.url(), b.url()}, "one");
  enqueue(10, {a.url(), b.url()}, "two");
  start();
  ASSERT_TRUE(done());
  for (const auto* receiver : {&a, &b}) {
    const auto posts = receiver->posts();
    EXPECT_EQ(posts.size(), 10U);
    EXPECT_EQ(std::ranges::count_if(posts, [](const auto& p) { return p.body.find("\"one\"") < 100; }), 5);
  }
}

TEST_F(ReporterTest, NextUrlIsTriedAtOnce) {
  const test::RefusingPort bad;
  BadReceiver good([](std::size_t) { return Reply{}; });
  auto config = quick();
  config.retry_first = 60s;
  config.retry_most = 60s;
  enqueue(10, {bad.url(), good.url()});
  start(config);
  ASSERT_TRUE(done());
  const auto posts = good.posts();
  EXPECT_EQ(keys(posts).size(), 10U);
  EXPECT_EQ(posts.size(), 10U);
  EXPECT_EQ(std::ranges::count_if(posts, [](const auto& post) { return post.attempt == 2; }), 5);
}

TEST_F(ReporterTest, ComesAgainUntilTheReceiverHasRecovered) {
  BadReceiver receiver([](std::size_t number) { return number < 5 ? Reply::with(503) : Reply{}; });
  enqueue(1, {receiver.url()});
  start();
  ASSERT_TRUE(done());
  const auto posts = receiver.posts();
  ASSERT_EQ(posts.size(), 6U);
  EXPECT_EQ(keys(posts), std::set<std::string>{"task:0:7:0"});
  for (std::size_t i = 0; i < posts.size(); ++i) EXPECT_EQ(posts[i].attempt, i + 1);
  EXPECT_EQ(counted("stream_reporter_attempts_total", {{"outcome", "retry"}, {"reason", "http_503"}}), 5);
}

class MisbehavingReceiver : public ReporterTest, public ::testing::WithParamInterface<Kind> {};

TEST_P(MisbehavingReceiver, LosesNothing) {
  constexpr int kAlarms = 20;
  BadReceiver receiver([](std::size_t number) { return number < 6 ? Reply::of(GetParam()) : Reply{}; });
  enqueue(kAlarms, {receiver.url()});
  start(impatient());
  ASSERT_TRUE(done());
  EXPECT_TRUE(parked().empty());
  stop();
  EXPECT_EQ(keys(receiver.posts()).size(), std::size_t{kAlarms});
  EXPECT_EQ(counted("stream_reporter_alarms_total", {{"outcome", "delivered"}, {"reason", "ok"}}), kAlarms);
}

INSTANTIATE_TEST_SUITE_P(Kinds, MisbehavingReceiver,
                         ::testing::Values(Kind::kResetAtOnce, Kind::kResetAfter, Kind::kHalfAnswer,
                                           Kind::kSilent, Kind::kDripHeader, Kind::kDripBody,
                                           Kind::kEndlessAnswer));

TEST_F(ReporterTest, BadUrlsBesideAGoodOneLoseNothing) {
  const test::RefusingPort refusing;
  const test::BlackHole hole;
  BadReceiver moved([](std::size_t) { return Reply::with(301); });
  BadReceiver unhappy([](std::size_t) { return Reply::with(200, R"({"code":-1,"msg":"参数错误"})"); });
  BadReceiver good([](std::size_t) { return Reply{}; });
  enqueue(30, {refusing.url(), hole.url(), moved.url(), "http://[broken", unhappy.url(), good.url()});
  auto config = quick();
  config.connect_timeout = 500ms;
  start(config);
  ASSERT_TRUE(done());
  EXPECT_EQ(good.posts().size(), 30U);
  EXPECT_EQ(keys(good.posts()).size(), 30U);
}

TEST_F(ReporterTest, RefusedByAllUrlsIsParkedWithReasonsAndTheStartOfTheAnswers) {
  BadReceiver missing([](std::size_t) { return Reply::with(404, "no such page"); });
  BadReceiver unhappy([](std::size_t) { return Reply::with(200, R"({"code":-1,"msg":"参数错误"})"); });
  enqueue(1, {missing.url(), unhappy.url()});
  start();
  ASSERT_TRUE(eventually([&] { return parked().size() == 1; }));
  const auto reason = parked()[0].reason;
  EXPECT_THAT(reason, HasSubstr(missing.url() + ": HTTP 404 no such page"));
  EXPECT_THAT(reason, HasSubstr("参数错误"));
  EXPECT_EQ(missing.posts().size(), 1U);
  EXPECT_EQ(unhappy.posts().size(), 1U);
}

TEST_F(ReporterTest, RefusedByOneAndDownAtTheOtherIsNotParked) {
  BadReceiver missing([](std::size_t) { return Reply::with(404); });
  BadReceiver recovering([](std::size_t number) { return number < 4 ? Reply::with(500) : Reply{}; });
  enqueue(1, {missing.url(), recovering.url()});
  start();
  ASSERT_TRUE(done());
  EXPECT_TRUE(parked().empty());
  EXPECT_EQ(recovering.posts().size(), 5U);
}

TEST_F(ReporterTest, PictureErrorIsRetriedOnlyWhenThePictureIsSound) {
  auto full = Reply::with(200, R"({"code":-1,"msg":"picture save error"})");
  BadReceiver receiver([&](std::size_t number) { return number < 3 ? full : Reply{}; });
  enqueue(1, {receiver.url()});
  start();
  ASSERT_TRUE(done());
  EXPECT_EQ(receiver.posts().size(), 4U);
  EXPECT_TRUE(parked().empty());

  BadReceiver strict([&](std::size_t) { return full; });
  auto alarm = an_alarm(9, {strict.url()});
  alarm.scene = "no picture";
  enqueue(alarm);
  ASSERT_TRUE(eventually([&] { return parked().size() == 1; }));
  EXPECT_EQ(strict.posts().size(), 1U);
}

TEST_F(ReporterTest, WhatIsNoAlarmOrHasNoUrlIsParked) {
  ASSERT_EQ(memory_bus_->enqueue(kQueue, "x", "no alarm"), bus::EnqueueResult::kStored);
  enqueue(an_alarm(1, {}));
  enqueue(an_alarm(2, {"ftp://user:hunter2@h/"}));
  start();
  ASSERT_TRUE(eventually([&] { return parked().size() == 3; }));
  EXPECT_THAT(parked()[0].reason, HasSubstr("not an alarm"));
  EXPECT_THAT(parked()[1].reason, HasSubstr("no report URL"));
  EXPECT_THAT(parked()[2].reason, HasSubstr("expected http:// or https://"));
  EXPECT_THAT(parked()[2].reason, Not(HasSubstr("hunter2")));
}

TEST_F(ReporterTest, DeadUrlDoesNotBlockTheAlarmsOfOthers) {
  BadReceiver dead([](std::size_t) { return Reply::of(Kind::kSilent); });
  BadReceiver good([](std::size_t) { return Reply{}; });
  auto config = quick();
  config.answer_timeout = 60s;
  enqueue(200, {dead.url()}, "dead");
  enqueue(50, {good.url()}, "good");
  start(config);
  EXPECT_TRUE(eventually([&] { return good.posts().size() == 50; }));
  EXPECT_LE(dead.most_at_once(), config.url_in_flight);
  stop();
  EXPECT_EQ(given_back(), 200);
}

TEST_F(ReporterTest, LeaseLastsAsLongAsTheWork) {
  std::atomic<bool> answer = false;
  BadReceiver receiver([&](std::size_t) {
    eventually([&] { return answer.load(); });
    return Reply{};
  });
  auto config = quick();
  config.lease = 2s;
  config.answer_timeout = 20s;
  config.send_timeout = 20s;
  enqueue(1, {receiver.url()});
  start(config);
  // A third of a lease each: more than one lease has passed.
  EXPECT_TRUE(eventually([&] { return counted("stream_reporter_lease_extensions_total") >= 4; }));
  answer = true;
  ASSERT_TRUE(done());
  EXPECT_EQ(receiver.posts().size(), 1U);
  EXPECT_EQ(receiver.connections(), 1U);
}

TEST_F(ReporterTest, DeliveredAlarmIsAcknowledgedAsSoonAsTheBrokerIsBack) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  bus_.failing_acks = 3;
  enqueue(1, {receiver.url()});
  start();
  ASSERT_TRUE(done());
  EXPECT_EQ(bus_.failing_acks, 0);
  EXPECT_EQ(receiver.posts().size(), 1U);
}

TEST_F(ReporterTest, StopGivesEverythingBackAndAnotherReporterDeliversIt) {
  std::atomic<bool> well = false;
  BadReceiver receiver([&](std::size_t) { return well ? Reply{} : Reply::of(Kind::kSilent); });
  auto config = quick();
  config.answer_timeout = 60s;
  enqueue(30, {receiver.url()});
  start(config);
  EXPECT_TRUE(eventually([&] { return receiver.posts().size() == config.url_in_flight; }));
  stop();
  EXPECT_EQ(given_back(), 30);

  well = true;
  start(config);
  ASSERT_TRUE(done());
  EXPECT_EQ(keys(receiver.posts()).size(), 30U);
}

TEST_F(ReporterTest, EachAttemptIsToldWithoutPasswords) {
  auto subscriber = memory_bus_->make_subscriber({bus::Subscriber::Role::kObserver});
  subscriber->subscribe("report/");
  BadReceiver receiver([](std::size_t number) { return number == 0 ? Reply::with(500, "oh") : Reply{}; });
  auto url = receiver.url();
  url.replace(0, 7, "http://user:hunter2@");
  enqueue(1, {url});
  start();
  ASSERT_TRUE(done());
  std::vector<ReportResult> results;
  while (results.size() < 2) {
    const auto outcome = subscriber->receive(5s);
    const auto* message = std::get_if<bus::Received>(&outcome);
    ASSERT_NE(message, nullptr);
    results.push_back(decode<ReportResult>(message->payload).value());
  }
  EXPECT_EQ(results[0].outcome, "retry");
  EXPECT_EQ(results[0].status, 500);
  EXPECT_EQ(results[0].detail, "HTTP 500 oh");
  EXPECT_EQ(results[0].attempt, 1U);
  EXPECT_EQ(results[1].outcome, "delivered");
  EXPECT_EQ(results[1].alarm_id, "task:0:7:0");
  EXPECT_EQ(results[1].attempt, 2U);
  EXPECT_THAT(results[1].url, HasSubstr("user:***@"));
}

TEST_F(ReporterTest, SavesTheVeryTextThatIsPosted) {
  const stream::test::TemporaryFolder folder;
  BadReceiver receiver([](std::size_t number) { return number == 0 ? Reply::with(500) : Reply{}; });
  auto config = quick();
  config.save_dir = folder.path();
  const auto alarm = an_alarm(7, {receiver.url()}, "../任务1");
  enqueue(alarm);
  start(config);
  ASSERT_TRUE(done());
  std::ifstream file(alarm_file(folder.path(), alarm), std::ios::binary);
  const std::string saved{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(saved, receiver.posts().at(0).body);
  EXPECT_EQ(counted("stream_reporter_files_total", {{"outcome", "failed"}}), 0);
}

TEST_F(ReporterTest, AlarmThatCannotBeSavedIsDeliveredAllTheSame) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  auto config = quick();
  config.save_dir = "/proc/none";
  enqueue(1, {receiver.url()});
  start(config);
  ASSERT_TRUE(done());
  EXPECT_EQ(receiver.posts().size(), 1U);
  EXPECT_EQ(counted("stream_reporter_files_total", {{"outcome", "failed"}}), 1);
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t whole = 0;
  std::size_t resident = 0;
  statm >> whole >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(ReporterTest, ManyQueuedAlarmsTakeNoMoreMemoryThanFew) {
  constexpr int kAlarms = 10'000;
  const test::RefusingPort down;
  enqueue(kAlarms, {down.url()});
  auto config = quick();
  config.retry_first = 100ms;
  config.retry_most = 2s;
  start(config);
  const auto pulled = [&] { return counted("stream_reporter_alarms_received_total"); };
  ASSERT_TRUE(eventually([&] { return pulled() > kAlarms / 10.0; }, 60s));
  const auto before = resident_bytes();
  double most_held = 0;
  const auto held = metrics_.gauge("stream_reporter_held_alarms", "");
  ASSERT_TRUE(eventually(
      [&] {
        most_held = std::max(most_held, held.value());
        return pulled() > kAlarms;
      },
      60s));
  EXPECT_LE(most_held, config.held_alarms);
  EXPECT_LT(resident_bytes(), before + (std::size_t{32} << 20));
  stop();
  EXPECT_EQ(given_back(), kAlarms);
}

}  // namespace
}  // namespace stream::reporter
