// Rows 5, 10 and 11: reporter-nodes die, and report URLs misbehave.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "cluster.hpp"
#include "stream/common/eventually.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::faults {
namespace {

using namespace std::chrono_literals;
using Kind = Reply::Kind;
using reporter::test::BlackHole;
using reporter::test::RefusingPort;
using std::chrono::milliseconds;

// Alarms that were decided, put into the queue by the test itself.
class ReportRows : public Row {
 protected:
  void start(int reporters, std::vector<std::string> settings = {}) {
    e2e::SystemOptions options;
    options.reporter_nodes = reporters;
    options.settings = std::move(settings);
    cluster_ = std::make_unique<Cluster>(options);
  }

  // The next alarm of `task`; it has to reach one of `urls`.
  void decide(const std::string& task, const std::vector<std::string>& urls) {
    const std::int64_t number = numbers_[task]++;
    Alarm alarm;
    alarm.id = fmt::format("{}:0:{}", task, number);
    alarm.task_id = task;
    alarm.frame_index = number;
    alarm.scene = picture::placeholder_jpeg();
    const std::string label = fmt::format("L{}", number);
    alarm.events.push_back({16,
                            {1, 2, 3, 4},
                            picture::placeholder_jpeg(),
                            fmt::format(R"({{"VehicleLicense":"{}"}})", label),
                            label});
    alarm.report_urls = urls;
    const std::string payload = encode(alarm);
    ASSERT_TRUE(eventually([&] {
      const auto result = cluster_->bus().enqueue(topics::kAlarmQueue, alarm.id, payload);
      return result == bus::EnqueueResult::kStored || result == bus::EnqueueResult::kDuplicate;
    }));
    decided_at_[alarm.id] = Clock::now();
    expected_[task].push_back({label, number, number, number});
  }

  Verdict judge_all(const std::vector<const AlarmSink*>& sinks) const {
    std::vector<Posted> posts;
    for (const AlarmSink* sink : sinks) {
      const auto some = sink->posts();
      posts.insert(posts.end(), some.begin(), some.end());
    }
    std::sort(posts.begin(), posts.end(), [](const Posted& a, const Posted& b) { return a.at < b.at; });
    return judge(expected_, posts, doubts_);
  }

  Verdict expect_all(const std::vector<const AlarmSink*>& sinks, milliseconds patience) {
    Verdict verdict;
    eventually([&] { return (verdict = judge_all(sinks)).lost == 0; }, patience, 200ms);
    EXPECT_EQ(verdict.lost, 0U) << "of " << verdict.expected;
    EXPECT_EQ(verdict.wrong, 0U);
    EXPECT_EQ(verdict.decided_twice, 0U);
    EXPECT_EQ(verdict.not_in_doubt, 0U) << "of " << verdict.repeats << " repeated POSTs";
    if (!verdict.details.empty()) ADD_FAILURE() << verdict.details;
    return verdict;
  }

  std::unique_ptr<Cluster> cluster_;
  std::map<std::string, std::int64_t> numbers_;
  std::map<std::string, std::vector<Episode>> expected_;
  std::map<std::string, Clock::time_point> decided_at_;  // by alarm id
  std::vector<Doubt> doubts_;
};

class Row05 : public ReportRows {};
class Row11 : public ReportRows {};

TEST_F(Row05, EveryReporterKilledAgainAndAgainLosesNothing) {
  const int kills = short_or_long(4, 200);
  // The alarms in a killed node's hands come again when their lease is over.
  start(2, {"reporter.lease_ms=3000"});
  AlarmSink sink;
  sink.behave([](std::size_t number) {
    Reply reply;
    reply.delay = milliseconds(number % 20);  // so that there is always one in the middle
    return reply;
  });
  for (int i = 0; i < kills; ++i) {
    const auto until = Clock::now() + pick_ms(2200ms, 3200ms);
    while (Clock::now() < until) {
      decide("task", {sink.url()});
      std::this_thread::sleep_for(10ms);
    }
    const auto at = Clock::now();
    for (const std::string& name : cluster_->names("reporter")) cluster_->kill(name);
    doubts_.push_back({at - 2s, at + 1s});
    for (const std::string& name : cluster_->names("reporter")) {
      ASSERT_TRUE(eventually([&] { return cluster_->is_ready(name); }, 20s)) << name;
    }
  }
  const Verdict verdict = expect_all({&sink}, 90s);
  figure(5, fmt::format("alarms lost, {} kills of every reporter-node, {} alarms", kills, verdict.expected),
         "0", std::to_string(verdict.lost));
  figure(5, "POSTs repeated, all of them in doubt and with the same key", fmt::format("<= {}", 8 * kills),
         std::to_string(verdict.repeats));
  // Each of two nodes has four POSTs under way at the one URL.
  EXPECT_LE(verdict.repeats, 8U * static_cast<std::size_t>(kills));
  EXPECT_EQ(cluster_->stop_and_check_database(), "ok");
}

// One way of misbehaving, with a task whose URLs do, and URLs that do not.
struct Trouble {
  std::string name;
  std::vector<std::unique_ptr<AlarmSink>> bad;
  std::vector<std::unique_ptr<RefusingPort>> refusing;
  std::vector<std::unique_ptr<BlackHole>> black;
  AlarmSink good;
  std::vector<std::string> urls;
};

std::vector<std::pair<std::string, Reply>> misbehaviours() {
  Reply slow;
  slow.delay = 30s;
  Reply retry_after = Reply::with(429);
  retry_after.header = "Retry-After: 3\r\n";
  Reply moved = Reply::with(301);
  moved.header = "Location: /\r\n";
  return {{"resets", Reply::of(Kind::kResetAfter)},
          {"resets-at-once", Reply::of(Kind::kResetAtOnce)},
          {"slow", slow},
          {"drips", Reply::of(Kind::kDripBody)},
          {"reads-slowly", Reply::of(Kind::kReadSlowly)},
          {"500", Reply::with(500)},
          {"501", Reply::with(501)},
          {"429", retry_after},
          {"404", Reply::with(404)},
          {"301", moved},
          {"code", Reply::with(200, R"({"code":-1,"msg":"no"})")},
          {"endless", Reply::of(Kind::kEndlessAnswer)}};
}

std::vector<std::unique_ptr<Trouble>> troubles(int bad_urls) {
  std::vector<std::unique_ptr<Trouble>> out;
  const auto add = [&](const std::string& name, auto make_bad_url) {
    auto& trouble = *out.emplace_back(std::make_unique<Trouble>());
    trouble.name = name;
    for (int i = 0; i < bad_urls; ++i) trouble.urls.push_back(make_bad_url(trouble));
    // The same receiver under as many names as it takes to make three.
    for (int i = bad_urls; i < 3; ++i) trouble.urls.push_back(trouble.good.url() + fmt::format("?{}", i));
  };
  for (const auto& [name, reply] : misbehaviours()) {
    add(name, [&](Trouble& trouble) {
      trouble.bad.push_back(std::make_unique<AlarmSink>());
      trouble.bad.back()->behave(reply);
      return trouble.bad.back()->url();
    });
  }
  add("refuses", [](Trouble& trouble) {
    return trouble.refusing.emplace_back(std::make_unique<RefusingPort>())->url();
  });
  add("black-hole",
      [](Trouble& trouble) { return trouble.black.emplace_back(std::make_unique<BlackHole>())->url(); });
  return out;
}

class Row10BadUrls : public ReportRows, public ::testing::WithParamInterface<int> {};

TEST_P(Row10BadUrls, SlowNoOtherTaskAndLoseNothing) {
  const auto traffic = short_or_long<milliseconds>(6s, 120s);
  const auto pace = 125ms;  // between two alarms of a task: eight a second
  start(2);
  const auto all = troubles(GetParam());
  AlarmSink untroubled;
  std::vector<const AlarmSink*> sinks = {&untroubled};
  for (const auto& trouble : all) {
    sinks.push_back(&trouble->good);
    for (const auto& bad : trouble->bad) sinks.push_back(bad.get());
  }
  const auto end = Clock::now() + traffic;
  for (auto next = Clock::now(); next < end; next += pace) {
    std::this_thread::sleep_until(next);
    decide("untroubled", {untroubled.url()});
    for (const auto& trouble : all) decide(trouble->name, trouble->urls);
  }
  const auto decided = static_cast<double>(numbers_["untroubled"]);
  double worst = 1;
  std::string worst_name;
  const auto look = [&] {
    worst = 1;
    for (const auto& trouble : all) {
      std::size_t taken = trouble->good.taken();
      for (const auto& bad : trouble->bad) taken += bad->taken();
      const double share = static_cast<double>(taken) / decided;
      if (share >= worst) continue;
      worst = share;
      worst_name = trouble->name;
    }
    return worst >= 0.9;
  };
  eventually(look, short_or_long<milliseconds>(5s, 1s), 50ms);
  figure(10,
         fmt::format("good URLs' share of the rate, {} of 3 bad, worst of {} kinds ({})", GetParam(),
                     all.size(), worst_name),
         ">= 90 %", fmt::format("{:.1f} %", 100 * worst));
  EXPECT_GE(worst, short_or_long(0.75, 0.9));

  std::vector<Clock::duration> delays;
  for (const Posted& post : untroubled.posts()) delays.push_back(post.at - decided_at_[post.id]);
  ASSERT_FALSE(delays.empty());
  const auto p99 = percentile(delays, 0.99);
  figure(10, "alarms of a task without trouble, delay p99", "<= 1 s", text_of(p99));
  EXPECT_LE(p99, short_or_long<milliseconds>(4s, 1s));

  const Verdict verdict = expect_all(sinks, 120s);
  figure(10, fmt::format("alarms lost, {} of 3 URLs bad, of {}", GetParam(), verdict.expected), "0",
         std::to_string(verdict.lost));
  EXPECT_EQ(cluster_->restarts(), 0);
}

std::string name_of(const ::testing::TestParamInfo<int>& info) {
  return info.param == 1 ? "OneOfThree" : "TwoOfThree";
}
INSTANTIATE_TEST_SUITE_P(Each, Row10BadUrls, ::testing::Values(1, 2), name_of);

TEST_F(Row11, AllUrlsDownForLongLoseNothingAndDrainWhenTheyAreBack) {
  const int alarms = short_or_long(400, 10'000);
  const auto outage = short_or_long<milliseconds>(8s, 3'600'000ms);
  start(1);
  AlarmSink sink;
  sink.behave(Reply::of(Kind::kResetAtOnce));
  const pid_t reporter = cluster_->pid("reporter-1");
  const auto begin = Clock::now();
  decide("task", {sink.url()});
  const auto before = resident_bytes(reporter);
  std::uint64_t most = before;
  for (int i = 1; i < alarms; ++i) {
    decide("task", {sink.url()});
    if (i % 100 == 0) most = std::max(most, resident_bytes(reporter));
  }
  while (Clock::now() < begin + outage) {
    most = std::max(most, resident_bytes(reporter));
    std::this_thread::sleep_for(200ms);
  }
  EXPECT_EQ(sink.taken(), 0U);
  sink.behave(Reply{});
  ASSERT_TRUE(eventually([&] { return sink.taken() > 0; }, 60s)) << "nobody noticed that the URL is back";
  const auto first = Clock::now();
  const Verdict verdict = expect_all({&sink}, short_or_long<milliseconds>(60s, 300s));
  const auto posts = sink.posts();
  const double rate = static_cast<double>(alarms) / std::max(seconds_of(posts.back().at - first), 0.001);
  most = std::max(most, resident_bytes(reporter));
  figure(11,
         fmt::format("alarms lost, all URLs down for {} s, of {}", outage.count() / 1000, verdict.expected),
         "0", std::to_string(verdict.lost));
  figure(11, "drained when the URL is back", ">= 100/s", fmt::format("{:.0f}/s", rate));
  figure(11, "POSTs at the URL at once, most", "<= 4", std::to_string(sink.most_at_once()));
  figure(11, "memory of the reporter-node, growth", "<= 64 MiB",
         fmt::format("{} MiB", (most - before) >> 20));
  EXPECT_GE(rate, short_or_long(30.0, 100.0));
  EXPECT_LE(sink.most_at_once(), 4U);
  EXPECT_LE(most - before, 64U << 20);
  EXPECT_EQ(cluster_->restarts(), 0);
  EXPECT_EQ(cluster_->stop_and_check_database(), "ok");
}

}  // namespace
}  // namespace stream::faults
