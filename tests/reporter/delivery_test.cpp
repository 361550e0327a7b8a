// What is promised of each alarm whatever happens to reporter-nodes, broker and receivers: nothing lost,
// nothing POSTed twice but in doubt.
#include <gmock/gmock.h>

#include "reporter_fixture.hpp"

namespace stream::reporter {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = test::Reply::Kind;
using test::BadReceiver;
using test::Reply;

class DeliveryTest : public ReporterTest {
 protected:
  Alarm with_policy(int number, std::vector<std::string> urls, const std::string& policy) {
    auto alarm = an_alarm(number, std::move(urls));
    alarm.report_policy = policy;
    return alarm;
  }
  // A claim as another reporter-node would have left it.
  void claimed_by(const std::string& name, std::uint64_t boot, const Alarm& alarm, std::uint32_t attempts) {
    auto claim = Claims::claim_of(alarm.id);
    const Claims other(*memory_bus_, peers(name, boot));
    auto record = other.owned(claim.record);
    record.attempts = attempts;
    ASSERT_EQ(other.write(claim, record), Claims::Written::kYes);
  }
  // As if it had been handed out before: only then is a record looked for.
  void handed_out_before(const Alarm& alarm) {
    enqueue(alarm);
    const auto taken = memory_bus_->pull(kQueue, 1, 60s, 0ms).value();
    ASSERT_EQ(taken.size(), 1U);
    ASSERT_TRUE(memory_bus_->settle(kQueue, taken[0], bus::Retry{0ms}));
  }
};

TEST_F(DeliveryTest, CostsAClaimAnAcknowledgementAndARemoval) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  enqueue(20, {receiver.url()});
  auto config = quick();
  config.url_held = 64;
  start(config);
  ASSERT_TRUE(done());
  stop();
  const auto deferred =
      counted("stream_reporter_alarms_total", {{"outcome", "deferred"}, {"reason", "busy"}});
  EXPECT_EQ(bus_.writes, 20 * 3 + static_cast<int>(deferred));
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(DeliveryTest, TwoReportersDeliverEachAlarmOnce) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  enqueue(300, {receiver.url()});
  start();
  const auto poster = Poster::create({}).value();
  Metrics metrics;
  {
    const Reporter second(bus_, *poster, metrics, peers("two", 2), events_, quick());
    ASSERT_TRUE(done());
  }
  stop();
  EXPECT_EQ(receiver.posts().size(), 300U);
  EXPECT_EQ(keys(receiver.posts()).size(), 300U);
  for (const auto& post : receiver.posts()) EXPECT_EQ(post.attempt, 1U);
}

TEST_F(DeliveryTest, ClaimOfALiveReporterIsRespectedUntilItIsDead) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  const auto alarm = an_alarm(1, {receiver.url()});
  claimed_by("two", 2, alarm, 1);
  handed_out_before(alarm);
  start();
  const auto taken = [&] {
    return counted("stream_reporter_alarms_total", {{"outcome", "taken"}, {"reason", "taken"}});
  };
  ASSERT_TRUE(eventually([&] { return taken() >= 1; }));
  EXPECT_THAT(receiver.posts(), IsEmpty());
  set_live({node("one", 1)});
  ASSERT_TRUE(done());
  ASSERT_EQ(receiver.posts().size(), 1U);
  EXPECT_EQ(receiver.posts()[0].attempt, 2U) << "the dead one may have sent it";
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(DeliveryTest, ClaimFoundOnlyWhenPostingIsRespectedToo) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  const auto alarm = an_alarm(1, {receiver.url()});
  claimed_by("two", 2, alarm, 1);
  enqueue(alarm);
  start();
  ASSERT_TRUE(eventually([&] { return given_back() == 1; }));
  EXPECT_THAT(receiver.posts(), IsEmpty());
}

TEST_F(DeliveryTest, WhatAnotherHasDeliveredIsOnlyAcknowledged) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  const auto alarm = an_alarm(1, {receiver.url()});
  auto claim = Claims::claim_of(alarm.id);
  const Claims other(*memory_bus_, peers("two", 2));
  auto record = other.owned(claim.record);
  record.done = true;
  ASSERT_EQ(other.write(claim, record), Claims::Written::kYes);
  handed_out_before(alarm);
  start();
  ASSERT_TRUE(done());
  EXPECT_THAT(receiver.posts(), IsEmpty());
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(DeliveryTest, AttemptsCountPostsNotHandOuts) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  const auto alarm = an_alarm(1, {receiver.url()});
  enqueue(alarm);
  for (int i = 0; i < 5; ++i) {
    const auto taken = memory_bus_->pull(kQueue, 1, 60s, 0ms).value();
    ASSERT_TRUE(memory_bus_->settle(kQueue, taken.at(0), bus::Retry{0ms}));
  }
  start();
  ASSERT_TRUE(done());
  EXPECT_EQ(receiver.posts().at(0).attempt, 1U);
}

TEST_F(DeliveryTest, AttemptsGoOnWithTheNextReporter) {
  std::atomic<bool> well = false;
  BadReceiver receiver([&](std::size_t) { return well ? Reply{} : Reply::with(500); });
  enqueue(1, {receiver.url()});
  start();
  ASSERT_TRUE(eventually([&] { return receiver.posts().size() >= 3; }));
  stop();
  const auto before = receiver.posts().size();
  well = true;
  poster_ = Poster::create({}).value();
  const Reporter second(bus_, *poster_, metrics_, peers("two", 2), events_, quick());
  ASSERT_TRUE(done());
  EXPECT_EQ(receiver.posts().at(before).attempt, before + 1);
}

TEST_F(DeliveryTest, WhoDeliversAfterItsLeaseWasLostTellsWhoeverIsHandedTheAlarm) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  bus_.late_acks = 1;
  enqueue(1, {receiver.url()});
  start();
  ASSERT_TRUE(eventually([&] { return records().size() == 1 && records()[0].done; }));
  auto theirs = Claims::claim_of(an_alarm(0, {}).id);
  const Claims two(*memory_bus_, peers("two", 2));
  EXPECT_EQ(two.look(theirs, false), Claims::Found::kDone);
  EXPECT_EQ(receiver.posts().size(), 1U);
}

TEST_F(DeliveryTest, AlarmThatOthersDeliveredBeforeItsTurnIsNotPostedAgain) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  auto config = quick();
  config.lease = 0ms;  // over before anything can be done
  bus_.stolen_pulls = 1;
  enqueue(1, {receiver.url()});
  start(config);
  ASSERT_TRUE(eventually([&] {
    return counted("stream_reporter_alarms_total", {{"outcome", "lost"}, {"reason", "lease"}}) == 1;
  }));
  stop();
  EXPECT_THAT(receiver.posts(), IsEmpty());
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(DeliveryTest, BrokerThatIsAwayInTheMiddleMakesNoSecondPost) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  bus_.refused_cas = 2;
  bus_.lost_cas_answers = 1;
  bus_.failing_acks = 3;
  enqueue(1, {receiver.url()});
  start();
  ASSERT_TRUE(done());
  EXPECT_EQ(receiver.posts().size(), 1U);
  EXPECT_EQ(receiver.posts()[0].attempt, 1U);
}

TEST_F(DeliveryTest, AcknowledgementWhoseAnswerWasLostLeavesARecordThatIsSweptAway) {
  BadReceiver receiver([](std::size_t) { return Reply{}; });
  bus_.lost_ack_answers = 1;
  enqueue(1, {receiver.url()});
  start();
  ASSERT_TRUE(eventually([&] { return records().size() == 1 && records()[0].done; }));
  stop();
  EXPECT_EQ(given_back(), 0);
  const Claims claims(bus_, peers("one", 1));
  EXPECT_EQ(claims.sweep(kQueue, [](const std::string&) { return false; }).value(), 1U);
  EXPECT_THAT(records(), IsEmpty());
  EXPECT_EQ(receiver.posts().size(), 1U);
}

TEST_F(DeliveryTest, BrokerWithoutRoomForClaimsDoesNotStopDelivery) {
  BadReceiver receiver([](std::size_t number) { return number < 2 ? Reply::with(503) : Reply{}; });
  bus_.full = true;
  enqueue(5, {receiver.url()});
  start();
  ASSERT_TRUE(done());
  EXPECT_EQ(keys(receiver.posts()).size(), 5U);
  EXPECT_GE(counted("stream_reporter_unclaimed_total"), 7);
}

TEST_F(DeliveryTest, PolicyAllReachesEachUrlOnce) {
  BadReceiver good([](std::size_t) { return Reply{}; });
  BadReceiver late([](std::size_t number) { return number < 3 ? Reply::with(503) : Reply{}; });
  enqueue(with_policy(1, {late.url(), good.url()}, "all"));
  start();
  ASSERT_TRUE(done());
  EXPECT_EQ(good.posts().size(), 1U);
  EXPECT_EQ(late.posts().size(), 4U);
  // The record goes after the acknowledgement.
  EXPECT_TRUE(eventually([&] { return records().empty(); }));
}

TEST_F(DeliveryTest, PolicyAllRemembersOverReportersWhoHasIt) {
  BadReceiver good([](std::size_t) { return Reply{}; });
  std::atomic<bool> well = false;
  BadReceiver late([&](std::size_t) { return well ? Reply{} : Reply::with(503); });
  enqueue(with_policy(1, {good.url(), late.url()}, "all"));
  start();
  ASSERT_TRUE(eventually([&] { return late.posts().size() >= 2; }));
  stop();
  ASSERT_EQ(records().size(), 1U);
  EXPECT_THAT(records()[0].delivered, ElementsAre(0));
  EXPECT_THAT(records()[0].reason, testing::HasSubstr("HTTP 503"));
  well = true;
  poster_ = Poster::create({}).value();
  const Reporter second(bus_, *poster_, metrics_, peers("two", 2), events_, quick());
  ASSERT_TRUE(done());
  EXPECT_EQ(good.posts().size(), 1U);
}

TEST_F(DeliveryTest, PolicyFailoverKeepsToTheFirstUrlThatWorks) {
  BadReceiver first([](std::size_t) { return Reply{}; });
  BadReceiver second([](std::size_t) { return Reply{}; });
  for (int i = 0; i < 10; ++i) enqueue(with_policy(i, {first.url(), second.url()}, "failover"));
  auto config = quick();
  start(config);
  ASSERT_TRUE(done());
  EXPECT_EQ(first.posts().size() + second.posts().size(), 10U);
  // While the first has not proved itself, what comes at the same time goes to the second.
  for (int i = 10; i < 20; ++i) enqueue(with_policy(i, {first.url(), second.url()}, "failover"));
  const auto before = second.posts().size();
  ASSERT_TRUE(done());
  EXPECT_EQ(second.posts().size(), before);
}

TEST_F(DeliveryTest, RetryAfterIsObeyed) {
  auto wait = Reply::with(429);
  wait.header = "Retry-After: 1\r\n";
  BadReceiver receiver([&](std::size_t number) { return number == 0 ? wait : Reply{}; });
  enqueue(10, {receiver.url()});
  const auto begin = std::chrono::steady_clock::now();
  start();
  ASSERT_TRUE(eventually([&] { return receiver.connections() >= 2; }, 20s));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s);
  ASSERT_TRUE(done());
  EXPECT_EQ(receiver.posts().size(), 11U);
}

TEST_F(DeliveryTest, FiftyDeadReceiversDoNotSlowAGoodOne) {
  std::vector<std::unique_ptr<BadReceiver>> dead;
  for (int i = 0; i < 50; ++i) {
    dead.push_back(std::make_unique<BadReceiver>([](std::size_t) { return Reply::of(Kind::kSilent); }));
    enqueue(10, {dead.back()->url()}, "dead" + std::to_string(i));
  }
  BadReceiver good([](std::size_t) { return Reply{}; });
  enqueue(100, {good.url()}, "good");
  auto config = quick();
  config.answer_timeout = 60s;
  start(config);
  EXPECT_TRUE(eventually([&] { return good.posts().size() == 100; }, 30s));
  for (const auto& receiver : dead) EXPECT_LE(receiver->most_at_once(), 1U);
  stop();
  EXPECT_EQ(given_back(), 500);
}

// Row by row of what a receiver can do: one or two of three URLs behave so, and the third gets everything.
class BadUrls : public DeliveryTest, public testing::WithParamInterface<std::tuple<Reply, int>> {};

TEST_P(BadUrls, GoodOneGetsEveryAlarmOnce) {
  const auto& [reply, bad] = GetParam();
  const auto behave = [&](std::size_t) { return reply; };
  BadReceiver first(behave);
  BadReceiver second([&](std::size_t) { return bad == 2 ? reply : Reply{}; });
  BadReceiver third([](std::size_t) { return Reply{}; });
  enqueue(60, {first.url(), second.url(), third.url()});
  start(impatient());
  ASSERT_TRUE(done());
  stop();
  EXPECT_THAT(parked(), IsEmpty());
  auto delivered = keys(third.posts());
  if (bad == 1) delivered.merge(keys(second.posts()));
  EXPECT_EQ(delivered.size(), 60U);
  EXPECT_EQ(third.posts().size() + (bad == 1 ? second.posts().size() : 0), 60U);
}

Reply retry_soon() {
  auto reply = Reply::with(429);
  reply.header = "Retry-After: 1\r\n";
  return reply;
}

INSTANTIATE_TEST_SUITE_P(
    Replies, BadUrls,
    testing::Combine(testing::Values(Reply::of(Kind::kResetAtOnce), Reply::of(Kind::kResetAfter),
                                     Reply::of(Kind::kHalfAnswer), Reply::of(Kind::kSilent),
                                     Reply::of(Kind::kDripHeader), Reply::of(Kind::kDripBody),
                                     Reply::with(500), Reply::with(501), Reply::with(404), Reply::with(301),
                                     Reply::with(200, R"({"code":-1,"msg":"no"})"), retry_soon()),
                     testing::Values(1, 2)));

}  // namespace
}  // namespace stream::reporter
