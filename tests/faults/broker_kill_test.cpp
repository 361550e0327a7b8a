// Rows 4 and 7: the broker is killed, and freezes.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "broker_rows.hpp"
#include "stream/common/eventually.hpp"

namespace stream::faults {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Machines that run tests are slow and busy; the long form measures against the promise itself.
constexpr milliseconds kBackShort = 8s;
constexpr milliseconds kBackLong = 2s;

class Row04 : public BrokerRows {};
class Row07 : public BrokerRows {};

TEST_F(Row04, BrokerKilledAgainAndAgainLosesNothingAndMovesNothing) {
  const int kills = short_or_long(4, 100);
  e2e::SystemOptions options;
  options.logic_nodes = 2;
  start(options);
  const std::chrono::seconds played(kills * 5);  // more than it takes to kill so often
  play(4, played, 20);
  const auto owners = cluster_->owners();
  EXPECT_EQ(owners.size(), 4U);
  std::vector<Clock::duration> back;
  for (int i = 0; i < kills; ++i) {
    const auto next = Clock::now() + pick_ms(2500ms, 4000ms);
    while (Clock::now() < next) probe_->store();
    cluster_->kill("broker");
    back.push_back(probe_->time_to_store(30s));
  }
  const auto p99 = percentile(back, 0.99);
  figure(4, fmt::format("broker back after kill -9, p99 of {}", kills), "<= 2 s", text_of(p99));
  EXPECT_LE(p99, short_or_long(kBackShort, kBackLong));
  ASSERT_TRUE(eventually([&] { return !cluster_->owners().empty(); }));
  EXPECT_EQ(cluster_->owners(), owners) << "a task moved";
  const Verdict verdict = cluster_->expect_exact(played + 60s);
  figure(4, "alarms lost / wrong / decided twice / repeated", "0 / 0 / 0 / 0",
         fmt::format("{} / {} / {} / {} of {}", verdict.lost, verdict.wrong, verdict.decided_twice,
                     verdict.repeats, verdict.expected));
  EXPECT_EQ(verdict.repeats, 0U);
  expect_probe_and_database();
}

TEST_F(Row07, FrozenBrokerMovesNothingAndIsBackAtOnce) {
  const auto frozen = short_or_long<milliseconds>(5s, 30s);
  e2e::SystemOptions options;
  options.logic_nodes = 2;
  // So that no frame of the time is gone when the logic-nodes ask for it.
  options.settings = {"ingest.replay_frames=2000", "ingest.replay_kib=4096", "ingest.ring_seconds=60"};
  start(options);
  play(4, std::chrono::duration_cast<std::chrono::seconds>(frozen) + 8s, 10);
  ASSERT_TRUE(probe_->store());
  const auto owners = cluster_->owners();
  EXPECT_EQ(owners.size(), 4U);
  cluster_->signal("broker", SIGSTOP);
  const auto wake = Clock::now() + frozen;
  while (Clock::now() < wake) EXPECT_FALSE(probe_->store());
  cluster_->signal("broker", SIGCONT);
  const auto back = probe_->time_to_store(30s);
  figure(7, fmt::format("broker useful again after {} s frozen", frozen.count() / 1000), "<= 2 s",
         text_of(back));
  EXPECT_LE(back, short_or_long(kBackShort, kBackLong));
  EXPECT_EQ(cluster_->restarts(), 0);
  cluster_->expect_exact(60s);
  EXPECT_EQ(cluster_->owners(), owners) << "a task moved";
  expect_probe_and_database();
}

}  // namespace
}  // namespace stream::faults
