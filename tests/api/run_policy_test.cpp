#include "run_policy.hpp"

#include <gtest/gtest.h>

namespace stream::api {
namespace {

using namespace std::chrono_literals;
using Action = RunPolicy::Action;

constexpr ExitStatus kClean{false, 0};
constexpr ExitStatus kFailed{false, 3};

class Policy : public ::testing::Test {
 protected:
  Action next(IngestReadiness ingest = IngestReadiness::kReady) { return policy_.next(now_, ingest); }
  void start() {
    ASSERT_EQ(next(), Action::kStart);
    policy_.on_started(now_);
  }
  // How long until the next start is due, in steps of 100 ms.
  std::chrono::milliseconds time_to_start() {
    const auto from = now_;
    while (next() != Action::kStart) now_ += 100ms;
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - from);
  }

  RunPolicy::Clock::time_point now_{1000s};
  RunPolicy policy_{now_, {}};
};

TEST_F(Policy, ProcessStartsOnceItsIngestNodeKnowsTheTask) {
  EXPECT_EQ(next(IngestReadiness::kAbsent), Action::kNone);
  EXPECT_EQ(next(IngestReadiness::kBehind), Action::kNone);
  EXPECT_EQ(policy_.state(), RunState::kWaiting);
  start();
  EXPECT_EQ(policy_.state(), RunState::kRunning);
  EXPECT_EQ(next(), Action::kNone);
}

TEST_F(Policy, NodeThatStaysBehindIsNotWaitedForLongerThanTwoSeconds) {
  now_ += 1999ms;
  EXPECT_EQ(next(IngestReadiness::kBehind), Action::kNone);
  now_ += 1ms;
  EXPECT_EQ(next(IngestReadiness::kBehind), Action::kStart);
}

TEST_F(Policy, AbsentNodeIsWaitedForAsLongAsItTakes) {
  now_ += 1h;
  EXPECT_EQ(next(IngestReadiness::kAbsent), Action::kNone);
}

TEST_F(Policy, AbnormalEndsAreFollowedByGrowingDelays) {
  for (const auto delay : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    start();
    policy_.on_exit(now_, kFailed);
    EXPECT_EQ(policy_.state(), RunState::kBackoff);
    EXPECT_EQ(time_to_start(), delay);
  }
}

TEST_F(Policy, FailedStartsAreFollowedByGrowingDelays) {
  for (const auto delay : {1s, 2s, 4s}) {
    ASSERT_EQ(next(), Action::kStart);
    policy_.on_start_failed(now_);
    EXPECT_EQ(time_to_start(), delay);
  }
}

TEST_F(Policy, DelaysStartAgainAfterAHealthyRun) {
  for (int i = 0; i < 3; ++i) {
    start();
    policy_.on_exit(now_, kFailed);
    time_to_start();
  }
  start();
  now_ += 5min;
  policy_.on_exit(now_, kFailed);
  EXPECT_EQ(time_to_start(), 1s);
}

TEST_F(Policy, CleanEndIsTheEnd) {
  start();
  policy_.on_exit(now_, kClean);
  EXPECT_EQ(policy_.state(), RunState::kEnded);
  EXPECT_TRUE(policy_.is_over());
  now_ += 1h;
  EXPECT_EQ(next(), Action::kNone);
}

TEST_F(Policy, StopAsksOnceAndInsistsAfterTheGrace) {
  start();
  policy_.request_stop(now_);
  EXPECT_EQ(next(), Action::kTerminate);
  now_ += 4999ms;
  EXPECT_EQ(next(), Action::kNone);
  now_ += 1ms;
  EXPECT_EQ(next(), Action::kKill);
  EXPECT_EQ(next(), Action::kNone);
  policy_.on_exit(now_, {true, 9});
  EXPECT_EQ(policy_.state(), RunState::kStopped);
}

TEST_F(Policy, ProcessThatEndsWhileStoppingIsStopped) {
  start();
  policy_.request_stop(now_);
  policy_.on_exit(now_, kClean);
  EXPECT_EQ(policy_.state(), RunState::kStopped);
}

TEST_F(Policy, StopWithoutProcessIsImmediate) {
  policy_.request_stop(now_);
  EXPECT_EQ(policy_.state(), RunState::kStopped);
  EXPECT_EQ(next(), Action::kNone);
}

TEST_F(Policy, StopDuringBackoffIsImmediate) {
  start();
  policy_.on_exit(now_, kFailed);
  policy_.request_stop(now_);
  EXPECT_EQ(policy_.state(), RunState::kStopped);
}

TEST_F(Policy, StopLeavesAnEndAsItWas) {
  start();
  policy_.on_exit(now_, kClean);
  policy_.request_stop(now_);
  EXPECT_EQ(policy_.state(), RunState::kEnded);
}

TEST_F(Policy, RestartEndsTheProcessAndStartsItWithoutDelay) {
  start();
  EXPECT_TRUE(policy_.request_restart(now_));
  EXPECT_FALSE(policy_.request_restart(now_)) << "on its way already";
  EXPECT_EQ(next(), Action::kTerminate);
  EXPECT_EQ(policy_.state(), RunState::kRunning) << "to a user it runs all the time";
  now_ += 5s;
  EXPECT_EQ(next(), Action::kKill);
  EXPECT_EQ(next(), Action::kNone);
  policy_.on_exit(now_, {true, 9});
  EXPECT_EQ(policy_.state(), RunState::kWaiting);
  start();
  EXPECT_EQ(next(), Action::kNone);
  policy_.on_exit(now_, kFailed);
  EXPECT_EQ(time_to_start(), 1s) << "the restart was no failure";
}

TEST_F(Policy, RestartWithoutProcessIsNothing) {
  EXPECT_FALSE(policy_.request_restart(now_));
  start();
  policy_.on_exit(now_, kFailed);
  EXPECT_FALSE(policy_.request_restart(now_));
  EXPECT_EQ(time_to_start(), 1s) << "the delay stays";
}

TEST_F(Policy, EndOfTheFileBeforeTheRestartIsTheEnd) {
  start();
  policy_.request_restart(now_);
  policy_.on_exit(now_, kClean);
  EXPECT_EQ(policy_.state(), RunState::kEnded);
}

TEST_F(Policy, StopDuringARestartWins) {
  start();
  policy_.request_restart(now_);
  EXPECT_EQ(next(), Action::kTerminate);
  policy_.request_stop(now_);
  EXPECT_EQ(policy_.state(), RunState::kStopping);
  policy_.on_exit(now_, kClean);
  EXPECT_EQ(policy_.state(), RunState::kStopped);
}

TEST(CountsAsRunning, OnlyWhatNeedsAUserDoesNot) {
  for (const RunState state : {RunState::kWaiting, RunState::kRunning, RunState::kBackoff}) {
    EXPECT_TRUE(counts_as_running(state)) << name_of(state);
  }
  for (const RunState state : {RunState::kEnded, RunState::kStopping, RunState::kStopped}) {
    EXPECT_FALSE(counts_as_running(state)) << name_of(state);
  }
}

}  // namespace
}  // namespace stream::api
