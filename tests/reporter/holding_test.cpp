#include "holding.hpp"

#include <gmock/gmock.h>

namespace stream::reporter {
namespace {

using namespace std::chrono_literals;
using Kind = Ending::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

const Verdict kDelivered{Outcome::kDelivered, "ok", "HTTP 200", {}};
const Verdict kDown{Outcome::kRetry, "connect", "refused", {}};
const Verdict kRefused{Outcome::kRefused, "http_404", "HTTP 404", {}};

class HoldingTest : public testing::Test {
 protected:
  static HoldingOptions options() {
    HoldingOptions options;
    options.alarms = 200;
    options.lines.in_flight = 2;
    options.lines.held = 8;
    return options;
  }

  Holding::JobPtr job(std::vector<std::string> urls, const std::string& policy = "round_robin",
                      DeliveryRecord record = {}) {
    auto job = std::make_shared<Job>();
    job->delivery.id = std::to_string(++last_id_);
    job->alarm.id = job->delivery.id;
    job->alarm.task_id = "task";
    for (const auto& url : urls) job->urls.push_back(parse_report_url(url));
    job->alarm.report_urls = std::move(urls);
    job->policy = policy_of(policy);
    job->claim.record = std::move(record);
    holding_.admit(job, now_);
    return job;
  }
  // What is to be done next; there must be something.
  Holding::Work next() {
    EXPECT_GT(holding_.missing_hands(), 0U);
    return holding_.missing_hands() > 0 ? holding_.next() : Holding::Work{};
  }
  Ending next_ending() {
    const auto work = next();
    EXPECT_TRUE(work.ending);
    return work.ending.value_or(Ending{});
  }
  // The next thing to do is a POST, which goes to that URL.
  Holding::JobPtr next_at(const std::string& url) {
    auto work = next();
    EXPECT_FALSE(work.ending);
    EXPECT_EQ(work.job->alarm.report_urls.at(work.job->at), url);
    return work.job;
  }
  std::optional<Ending> after(const Holding::JobPtr& job, const Verdict& verdict) {
    auto ending = holding_.after(job, verdict, 10ms, now_);
    if (ending) holding_.forget(*job);
    return ending;
  }
  void prove(const std::string& url) {
    job({url});
    after(next_at(url), kDelivered);
  }
  void open(const std::string& url) {
    for (int i = 0; i < 5; ++i) {
      job({url});
      after(next_at(url), kDown);
    }
  }

  const std::string a_ = "http://a/", b_ = "http://b/", c_ = "http://c/";
  int last_id_ = 0;
  Holding::Time now_ = Holding::Time{} + 1h;
  Holding holding_{options()};
};

TEST_F(HoldingTest, UrlsTakeTurns) {
  prove(a_);
  prove(b_);
  std::vector<std::string> order;
  for (int i = 0; i < 4; ++i) {
    const auto one = job({a_, b_});
    order.push_back(one->alarm.report_urls[one->at]);
    after(next().job, kDelivered);
  }
  EXPECT_THAT(order, testing::AnyOf(ElementsAre(a_, b_, a_, b_), ElementsAre(b_, a_, b_, a_)));
}

TEST_F(HoldingTest, FailoverGoesToTheFirstThatWorks) {
  prove(a_);
  prove(b_);
  for (int i = 0; i < 3; ++i) {
    job({a_, b_}, "failover");
    after(next_at(a_), kDelivered);
  }
  job({a_, b_}, "failover");
  const auto one = next_at(a_);
  EXPECT_FALSE(after(one, kDown));
  EXPECT_EQ(after(next_at(b_), kDelivered)->kind, Kind::kDelivered);
}

TEST_F(HoldingTest, AllGoesToEachUrlThatDoesNotHaveItYet) {
  DeliveryRecord record;
  record.delivered = {1};
  job({a_, b_, c_}, "all", record);
  EXPECT_FALSE(after(next_at(a_), kDelivered));
  EXPECT_EQ(after(next_at(c_), kDelivered)->kind, Kind::kDelivered);
}

TEST_F(HoldingTest, AllThatEverybodyHasIsOnlyToBeAcknowledged) {
  DeliveryRecord record;
  record.delivered = {0};
  job({a_}, "all", record);
  EXPECT_EQ(next_ending().kind, Kind::kDelivered);
}

TEST_F(HoldingTest, FailedRoundComesAgainWithGrowingDelay) {
  DeliveryRecord record;
  record.failed_rounds = 3;
  job({a_}, "round_robin", record);
  const auto ending = after(next_at(a_), kDown);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->kind, Kind::kFailed);
  EXPECT_GE(ending->in, 4s);
  EXPECT_LE(ending->in, 8s);
}

TEST_F(HoldingTest, RefusedByAllIsRefusedAndTheUrlStaysTrusted) {
  prove(a_);
  job({a_});
  EXPECT_EQ(after(next_at(a_), kRefused)->kind, Kind::kRefused);
  EXPECT_THAT(holding_.pulls(now_).shut, IsEmpty());
}

TEST_F(HoldingTest, AlarmWithoutAUsableUrlIsUnusable) {
  job({"http://[broken"});
  EXPECT_EQ(next_ending().kind, Kind::kUnusable);
  job({"http://[broken", a_});
  EXPECT_EQ(after(next_at(a_), kDelivered)->kind, Kind::kDelivered);
}

TEST_F(HoldingTest, WhatFindsNoPlaceIsPutIntoAGroupThatIsNotPulled) {
  job({a_});
  job({a_});
  const auto ending = next().ending ? Ending{} : next_ending();
  EXPECT_EQ(ending.kind, Kind::kDeferred);
  EXPECT_EQ(ending.in, 0ms);
  EXPECT_THAT(ending.group, testing::StartsWith("urls-"));
  EXPECT_THAT(holding_.pulls(now_).shut, ElementsAre(ending.group));
  EXPECT_THAT(holding_.pulls(now_).due, IsEmpty()) << "one is in flight";
}

TEST_F(HoldingTest, GroupOpensWhenItsUrlAnswers) {
  const auto first = job({a_});
  job({a_});
  EXPECT_EQ(next().job, first);
  next_ending();
  after(first, kDelivered);
  EXPECT_THAT(holding_.pulls(now_).shut, IsEmpty());
}

TEST_F(HoldingTest, OneAlarmOfADeadGroupIsDueEveryFiveSeconds) {
  open(a_);
  EXPECT_THAT(holding_.pulls(now_).due, IsEmpty());
  EXPECT_EQ(holding_.pulls(now_).shut.size(), 1U);
  now_ += 5s;
  ASSERT_EQ(holding_.pulls(now_).due.size(), 1U);
  job({a_});
  EXPECT_THAT(holding_.pulls(now_).due, IsEmpty());
  const auto ending = after(next_at(a_), kDown);
  EXPECT_EQ(ending->in, 5s);
  EXPECT_THAT(holding_.pulls(now_).due, IsEmpty());
}

TEST_F(HoldingTest, UrlSetsWithOneGoodUrlAreNotShut) {
  open(a_);
  prove(b_);
  const auto before = holding_.pulls(now_).shut.size();
  for (int i = 0; i < 6; ++i) {
    job({a_, b_});
    after(next_at(b_), kDelivered);
  }
  EXPECT_EQ(holding_.pulls(now_).shut.size(), before) << "only the set of a alone";
}

TEST_F(HoldingTest, FullLineShutsTheGroupUntilABatchHasRoom) {
  prove(a_);
  std::vector<Holding::JobPtr> jobs;
  for (std::size_t i = 0; i < 9; ++i) jobs.push_back(job({a_}));
  const auto first = next_at(a_);
  const auto second = next_at(a_);
  EXPECT_EQ(next_ending().kind, Kind::kDeferred);
  const auto shut = holding_.pulls(now_);
  EXPECT_EQ(shut.shut.size(), 1U);
  EXPECT_THAT(shut.due, IsEmpty());
  EXPECT_TRUE(shut.soon);
  after(first, kDelivered);
  after(second, kDelivered);
  for (std::size_t i = 2; i < 4; ++i) after(next_at(a_), kDelivered);
  EXPECT_EQ(holding_.batch(), 4U);
  EXPECT_THAT(holding_.pulls(now_).shut, IsEmpty());
}

TEST_F(HoldingTest, WhoWaitsAtAUrlThatHasStalledGoesToAnotherOrBack) {
  prove(a_);
  prove(b_);
  for (int i = 0; i < 2; ++i) {
    job({a_}, "failover");
    next_at(a_);
  }
  job({a_}, "failover");
  job({a_, b_}, "failover");
  now_ += 2s;
  holding_.pulls(now_);
  EXPECT_EQ(next_ending().kind, Kind::kDeferred);
  EXPECT_EQ(after(next_at(b_), kDelivered)->kind, Kind::kDelivered);
}

TEST_F(HoldingTest, FiftyDeadUrlsLeaveRoomForAGoodOne) {
  prove(a_);
  for (int i = 0; i < 50; ++i) {
    const auto dead = "http://dead" + std::to_string(i) + "/";
    for (int alarm = 0; alarm < 10; ++alarm) job({dead});
  }
  std::size_t in_flight = 0;
  while (holding_.missing_hands() > 0) {
    const auto work = holding_.next();
    if (!work.ending) {
      ++in_flight;
    } else {
      holding_.forget(*work.job);
    }
  }
  EXPECT_EQ(in_flight, 50U);
  EXPECT_EQ(holding_.size(), 50U);
  EXPECT_EQ(holding_.pulls(now_).shut.size(), 50U);
  job({a_});
  EXPECT_EQ(after(next_at(a_), kDelivered)->kind, Kind::kDelivered);
}

TEST_F(HoldingTest, CloseGivesBackWhatWaits) {
  prove(a_);
  for (int i = 0; i < 4; ++i) job({a_});
  const auto first = next_at(a_);
  EXPECT_EQ(holding_.close().size(), 3U);
  EXPECT_FALSE(holding_.wait_idle(0ms));
  EXPECT_EQ(after(first, kDelivered)->kind, Kind::kDelivered);
  EXPECT_TRUE(holding_.wait_idle(0ms));
  EXPECT_EQ(holding_.next().job, nullptr);
}

}  // namespace
}  // namespace stream::reporter
