#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <tuple>

#include "runs.hpp"

namespace stream::simulation {
namespace {

constexpr std::size_t kShortTrace = 40;
// With sanitizers a run takes many times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kRuns = 1'000;
constexpr std::uint64_t kEachFault = 10;
#else
constexpr std::uint64_t kRuns = 10'000;
constexpr std::uint64_t kEachFault = 100;
#endif

Runs many(std::uint64_t count, Faults faults) {
  Runs runs;
  runs.first.faults = faults;
  runs.count = count;
  runs.threads = std::max(1U, std::thread::hardware_concurrency());
  runs.most_failures = 1;
  return runs;
}

// Of what kind a run's fault was is as telling as that there was one.
bool is_caught(Variant variant, Faults faults, const std::string& problem) {
  constexpr std::uint64_t kSeeds = 500;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    if (simulate({seed, variant, faults}).problem.find(problem) != std::string::npos) return true;
  }
  return false;
}

TEST(Simulation, WithAllFaultsNothingIsLostAndNothingSaidTwice) {
  const Results results = simulate_all(many(kRuns, Faults::kAll));
  for (const Failure& failure : results.failures) ADD_FAILURE() << explain(failure, kShortTrace);
  for (const auto& [what, times] : results.figures.counts) RecordProperty(what, std::to_string(times));
  for (const char* happened :
       {"fault: node killed", "fault: node frozen", "fault: node cut off", "fault: broker crash",
        "fault: broker frozen", "fault: disk full", "fault: request lost", "fault: answer lost",
        "executed after the time-out", "planned stops", "joins", "tasks deleted", "tasks created again",
        "enqueued again"}) {
    EXPECT_GT(results.figures.counts.at(happened), kEachFault) << happened;
  }
}

TEST(Simulation, FaultsOfTheBrokerAloneMoveNothing) {
  const Results results = simulate_all(many(kRuns / 3, Faults::kBroker));
  for (const Failure& failure : results.failures) ADD_FAILURE() << explain(failure, kShortTrace);
  EXPECT_GT(results.figures.counts.at("fault: broker crash"), kEachFault);
}

TEST(Simulation, ASeedIsARunThatCanBeSeenAgain) {
  std::string first, second;
  constexpr simulation::Run kRun{7, Variant::kShipped, Faults::kAll};
  std::ignore = simulate(kRun, [&](const std::string& line) { first += line + "\n"; });
  std::ignore = simulate(kRun, [&](const std::string& line) { second += line + "\n"; });
  EXPECT_EQ(first, second);
  EXPECT_NE(first, "");
}

TEST(BrokenOnPurpose, EnqueueingBeforeTheCommitIsCaught) {
  EXPECT_TRUE(is_caught(Variant::kPublishFirst, Faults::kAll, "is enqueued but not committed"));
  EXPECT_TRUE(is_caught(Variant::kPublishFirst, Faults::kAll, "is lost: its id"));
}

TEST(BrokenOnPurpose, WritingWithoutComparingIsCaught) {
  EXPECT_TRUE(is_caught(Variant::kNoCas, Faults::kAll, "writes in epoch"));
}

TEST(BrokenOnPurpose, RandomIdsAreCaught) {
  EXPECT_TRUE(is_caught(Variant::kRandomIds, Faults::kAll, "is enqueued as"));
}

TEST(BrokenOnPurpose, AStateWithoutAnOutboxIsCaught) {
  EXPECT_TRUE(is_caught(Variant::kNoOutbox, Faults::kAll, "is not decided"));
}

TEST(BrokenOnPurpose, AnOutboxThatTheNextOwnerIgnoresIsCaught) {
  EXPECT_TRUE(is_caught(Variant::kOutboxIgnored, Faults::kAll, "is committed but not enqueued"));
}

TEST(BrokenOnPurpose, CallingOthersDeadWhileTheBusIsAwayIsCaught) {
  EXPECT_TRUE(is_caught(Variant::kNoEcho, Faults::kBroker, "took work from its owner"));
}

}  // namespace
}  // namespace stream::simulation
