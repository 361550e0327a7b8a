#include "reporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "alarm_files.hpp"
#include "bad_receiver.hpp"
#include "reporter_fixture.hpp"
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
  // Both have proved themselves before it counts: until then one alarm at a time goes there.
  enqueue(an_alarm(100, {a.url()}, "proof"));
  enqueue(an_alarm(101, {b.url()}, "proof"));
  start();
  ASSERT_TRUE(done());
  enqueue(10, {a.url(), b.url()}, "one");
  enqueue(10, {a.url(), b.url()}, "two");
  ASSERT_TRUE(done());
  for (const auto* receiver : {&a, &b}) {
    const auto posts = receiver->posts();
    EXPECT_EQ(posts.size(), 11U);
    EXPECT_EQ(std::ranges::count_if(posts, [](const auto& p) { return p.body.find("\"one\"") < 100; }), 5);
  }
}

TEST_F(ReporterTest, NextUrlIsTriedAtOnce) {
  const test::RefusingPort bad;
  BadReceiver good([](std::size_t) { return Reply{}; });
  auto config = quick();
  config.retry_first = 60s;
  config.retry_most = 60s;
  enqueue(an_alarm(100, {good.url()}, "proof"));
  start(config);
  ASSERT_TRUE(done());
  enqueue(10, {bad.url(), good.url()});
  ASSERT_TRUE(done());
  const auto posts = good.posts();
  EXPECT_EQ(keys(posts).size(), 11U);
  EXPECT_EQ(posts.size(), 11U);
  // The first alarms find out that the other URL is down; then it rests.
  const auto second = std::ranges::count_if(posts, [](const auto& post) { return post.attempt == 2; });
  EXPECT_GE(second, 1);
  EXPECT_LE(second, 5);
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
  EXPECT_EQ(missing.posts().size(), 3U) << "refused_rounds";
  EXPECT_EQ(unhappy.posts().size(), 3U);
  ASSERT_EQ(records().size(), 1U);
  EXPECT_EQ(records()[0].attempts, 6U);
  EXPECT_EQ(records()[0].refused_rounds, 0U) << "whoever has it delivered again gets all of them again";
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
  EXPECT_EQ(strict.posts().size(), 3U) << "refused_rounds";
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
  EXPECT_EQ(dead.most_at_once(), 1U) << "it has not proved itself";
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
  EXPECT_TRUE(eventually([&] { return receiver.posts().size() == 1; }));
  stop();
  EXPECT_EQ(given_back(), 30);
  ASSERT_EQ(records().size(), 1U);
  EXPECT_EQ(records()[0].owner, "") << "released";

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

TEST_F(ReporterTest, AlarmsOfADeadReceiverAreReadOnceAndTakeNoMemory) {
  constexpr int kAlarms = 10'000;
  std::atomic<bool> up = false;
  BadReceiver receiver([&](std::size_t) { return up ? Reply{} : Reply::with(503); });
  enqueue(kAlarms, {receiver.url()});
  start();
  const auto pulled = [&] { return counted("stream_reporter_alarms_received_total"); };
  ASSERT_TRUE(eventually([&] { return pulled() > kAlarms / 10.0; }, 60s));
  const auto before = resident_bytes();
  double most_held = 0;
  const auto held = metrics_.gauge("stream_reporter_held_alarms", "");
  ASSERT_TRUE(eventually(
      [&] {
        most_held = std::max(most_held, held.value());
        return pulled() >= kAlarms;
      },
      60s));
  EXPECT_LE(most_held, ReporterConfig{}.held_alarms);
  EXPECT_LT(resident_bytes(), before + (std::size_t{32} << 20));
  // From here on only those that try the URL are read.
  const auto posts = receiver.posts().size();
  ASSERT_TRUE(eventually([&] { return receiver.posts().size() >= posts + 10; }, 60s));
  EXPECT_LT(pulled(), kAlarms * 1.1);
  EXPECT_LE(receiver.most_at_once(), 1U);

  up = true;
  double most_in_flight = 0;
  const auto in_flight = metrics_.gauge("stream_reporter_in_flight", "");
  ASSERT_TRUE(eventually(
      [&] {
        most_in_flight = std::max(most_in_flight, in_flight.value());
        return given_back() == 0;
      },
      60s));
  EXPECT_LE(most_in_flight, ReporterConfig{}.url_in_flight);
  EXPECT_EQ(keys(receiver.posts()).size(), std::size_t{kAlarms});
  EXPECT_EQ(counted("stream_reporter_alarms_total", {{"outcome", "delivered"}, {"reason", "ok"}}), kAlarms);
  EXPECT_TRUE(records().empty());
}

}  // namespace
}  // namespace stream::reporter
