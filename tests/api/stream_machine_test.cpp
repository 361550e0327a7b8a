#include "stream_machine.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

namespace stream::api {

// For the messages of failed tests.
void PrintTo(StreamState state, std::ostream* out) {
  *out << name_of(state);
}
void PrintTo(StreamReason reason, std::ostream* out) {
  *out << name_of(reason);
}

namespace {

using namespace std::chrono_literals;
using Action = StreamMachine::Action;
using State = StreamState;
using Reason = StreamReason;

const ProcessEnd kClean = ExitStatus{false, 0};
const ProcessEnd kFailed = ExitStatus{false, 3};
const ProcessEnd kKilled = ExitStatus{true, 9};
const ProcessEnd kNobodyKnows = std::nullopt;

class Machine : public ::testing::Test {
 protected:
  void make(RestartPolicy restart, bool source_ends) {
    machine_.emplace(now_, StreamMachineOptions{}, StreamTerms{restart, source_ends},
                     [this] { return chance_; });
  }
  void SetUp() override { make(RestartPolicy::kOnFailure, false); }

  State state() const { return machine_->state(); }
  Reason reason() const { return machine_->reason(); }
  Action next() { return machine_->next(now_, look_); }
  Action next_waiting(Reason wait) {
    StreamMachine::Look look = look_;
    look.wait = wait;
    return machine_->next(now_, look);
  }
  void start() {
    ASSERT_EQ(next(), Action::kStart);
    machine_->on_started(now_);
    look_ = {};
  }
  void show_video() {
    look_.last_video = now_;
    EXPECT_EQ(next(), Action::kNone);
  }
  void run() {
    start();
    show_video();
    ASSERT_EQ(state(), State::kRunning);
  }
  // A look every second.
  void pass(std::chrono::seconds time, bool with_video) {
    for (auto end = now_ + time; now_ < end;) {
      now_ += 1s;
      if (with_video) look_.last_video = now_;
      EXPECT_EQ(next(), Action::kNone);
    }
  }
  void exit(const ProcessEnd& end, bool said_end = false) { machine_->on_exit(now_, end, said_end); }
  // How long until the next start is due, in steps of 100 ms.
  std::chrono::milliseconds time_to_start() {
    const auto from = now_;
    while (next() != Action::kStart) now_ += 100ms;
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - from);
  }

  StreamMachine::TimePoint now_{1000s};
  double chance_ = 0.5;  // delays as they are
  std::optional<StreamMachine> machine_;
  StreamMachine::Look look_;
};

TEST_F(Machine, WaitsAndSaysForWhat) {
  for (const Reason wait :
       {Reason::kIngestAway, Reason::kProcessLimit, Reason::kStartTurn, Reason::kDeviceMemory}) {
    EXPECT_EQ(next_waiting(wait), Action::kNone);
    EXPECT_EQ(state(), State::kQueued);
    EXPECT_EQ(reason(), wait);
    EXPECT_FALSE(machine_->text().empty());
    now_ += 1h;
  }
  EXPECT_EQ(next(), Action::kStart);
}

TEST_F(Machine, IngestNodeThatStaysBehindIsNotWaitedForLongerThanTwoSeconds) {
  EXPECT_EQ(next_waiting(Reason::kIngestAway), Action::kNone);
  now_ += 1h;
  EXPECT_EQ(next_waiting(Reason::kIngestBehind), Action::kNone) << "it has just come";
  now_ += 1999ms;
  EXPECT_EQ(next_waiting(Reason::kIngestBehind), Action::kNone);
  now_ += 1ms;
  EXPECT_EQ(next_waiting(Reason::kIngestBehind), Action::kStart);
}

TEST_F(Machine, PatienceWithTheIngestNodeGoesOnWhileOthersStart) {
  for (int i = 0; i < 20; ++i, now_ += 100ms) {
    EXPECT_EQ(next_waiting(i % 2 == 0 ? Reason::kIngestBehind : Reason::kStartTurn), Action::kNone);
  }
  EXPECT_EQ(next_waiting(Reason::kIngestBehind), Action::kStart);
}

TEST_F(Machine, IsStartingUntilVideoFlows) {
  start();
  EXPECT_EQ(state(), State::kStarting);
  pass(59s, false);
  EXPECT_EQ(state(), State::kStarting);
  show_video();
  EXPECT_EQ(state(), State::kRunning);
  EXPECT_EQ(reason(), Reason::kNone);
  EXPECT_EQ(machine_->text(), "");
}

TEST_F(Machine, ProcessWithoutAnyVideoStalls) {
  start();
  pass(60s, false);
  EXPECT_EQ(state(), State::kStalled);
  EXPECT_EQ(reason(), Reason::kNoVideo);
  EXPECT_EQ(machine_->text(), "no video within 60 s");
}

TEST_F(Machine, VideoThatStopsIsAStallAndVideoThatComesBackEndsIt) {
  run();
  pass(29s, false);
  EXPECT_EQ(state(), State::kRunning);
  pass(1s, false);
  EXPECT_EQ(state(), State::kStalled);
  EXPECT_EQ(machine_->text(), "no video for 30 s");
  pass(10s, false);
  show_video();
  EXPECT_EQ(state(), State::kRunning);
}

TEST_F(Machine, TimeOfWhichWeKnowNothingIsNoSilence) {
  run();
  pass(10s, false);
  look_.known_until = now_;
  pass(600s, false);
  EXPECT_EQ(state(), State::kRunning);
  look_.known_until = now_ - 581s;
  EXPECT_EQ(next(), Action::kNone);
  EXPECT_EQ(state(), State::kRunning) << "29 s without video, as far as we know";
  look_.known_until = now_ - 580s;
  EXPECT_EQ(next(), Action::kNone);
  EXPECT_EQ(state(), State::kStalled);
}

TEST_F(Machine, SlowCameraHasLongerToShowItself) {
  run();
  look_.usual_silence = 100s;
  pass(99s, false);
  EXPECT_EQ(state(), State::kRunning);
  pass(1s, false);
  EXPECT_EQ(state(), State::kStalled);
}

TEST_F(Machine, StalledProcessIsRestartedWithGrowingDelays) {
  for (const auto delay : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    start();
    pass(60s, false);
    ASSERT_EQ(state(), State::kStalled);
    pass(59s, false);
    now_ += 1s;
    EXPECT_EQ(next(), Action::kTerminate);
    EXPECT_EQ(state(), State::kStalled) << "until it is gone";
    now_ += 5s;
    EXPECT_EQ(next(), Action::kKill);
    exit(kKilled);
    EXPECT_EQ(state(), State::kBackoff) << "a dead camera is no crash";
    EXPECT_EQ(reason(), Reason::kNoVideo);
    EXPECT_EQ(time_to_start(), delay);
  }
}

TEST_F(Machine, StallIsNotRestartedWhenTheTaskMustNotBe) {
  make(RestartPolicy::kNever, false);
  run();
  pass(3600s, false);
  EXPECT_EQ(state(), State::kStalled);
}

TEST_F(Machine, WhatIsOursBlocksAndNeverRestarts) {
  for (const Reason ours : {Reason::kIngestAway, Reason::kIngestFull, Reason::kNoConsumer, Reason::kDiskFull,
                            Reason::kFlowUnknown}) {
    SetUp();
    run();
    look_.hindrance = ours;
    pass(3600s, false);
    EXPECT_EQ(state(), State::kBlocked);
    EXPECT_EQ(reason(), ours);
    EXPECT_FALSE(machine_->text().empty());
    look_.hindrance = Reason::kNone;
    pass(29s, false);
    EXPECT_EQ(state(), State::kRunning) << "the silence is counted anew";
    pass(2s, false);
    EXPECT_EQ(state(), State::kStalled);
  }
}

TEST_F(Machine, FramesThatDoNotArriveAreAStallOfTheirOwn) {
  run();
  look_.not_posted = true;
  pass(30s, false);
  EXPECT_EQ(state(), State::kStalled);
  EXPECT_EQ(reason(), Reason::kNotPosted);
  now_ += 60s;
  EXPECT_EQ(next(), Action::kTerminate);
  exit(kClean);
  EXPECT_EQ(state(), State::kBackoff);
  EXPECT_EQ(reason(), Reason::kNotPosted);
}

TEST_F(Machine, ProcessThatUsesTooMuchMemoryIsEndedAndStartedAgainAsAfterACrash) {
  for (const bool source_ends : {false, true}) {
    make(RestartPolicy::kOnFailure, source_ends);
    run();
    look_.too_large = true;
    EXPECT_EQ(next(), Action::kTerminate);
    EXPECT_EQ(next(), Action::kNone) << "asked once";
    now_ += 5s;
    EXPECT_EQ(next(), Action::kKill);
    exit(source_ends ? kClean : kKilled);
    EXPECT_EQ(state(), State::kBackoff);
    EXPECT_EQ(reason(), Reason::kMemoryLimit);
    EXPECT_NE(machine_->text().find("max_process_mib"), std::string::npos);
  }
}

TEST_F(Machine, StallThatIsBlockedMeanwhileIsAStallAfterwards) {
  run();
  pass(40s, false);
  ASSERT_EQ(state(), State::kStalled);
  look_.hindrance = Reason::kIngestAway;
  pass(600s, false);
  EXPECT_EQ(state(), State::kBlocked);
  look_.hindrance = Reason::kNone;
  pass(59s, false);
  EXPECT_EQ(state(), State::kStalled) << "and not restarted for the time in which nothing could be seen";
}

TEST_F(Machine, CrashLoopBeginsWithTheFifthEndInTwoMinutesAndGoesOnSlowly) {
  for (const auto delay : {1s, 2s, 4s, 8s}) {
    start();
    exit(kFailed);
    EXPECT_EQ(state(), State::kBackoff);
    EXPECT_EQ(reason(), Reason::kExited);
    EXPECT_EQ(time_to_start(), delay);
  }
  for (int i = 0; i < 10; ++i) {
    start();
    exit(kKilled);
    EXPECT_EQ(state(), State::kCrashLoop);
    EXPECT_EQ(reason(), Reason::kSignalled);
    EXPECT_EQ(time_to_start(), 60s);
  }
  EXPECT_EQ(machine_->restarts(), 13U);
}

TEST_F(Machine, EndsFarApartAreNoCrashLoop) {
  for (int i = 0; i < 20; ++i) {
    run();
    pass(30s, true);
    exit(kFailed);
    EXPECT_EQ(state(), State::kBackoff);
    time_to_start();
  }
}

TEST_F(Machine, FiveHealthyMinutesMakeEverythingForgotten) {
  for (int i = 0; i < 6; ++i) {
    start();
    exit(kFailed);
    time_to_start();
  }
  run();
  pass(300s, true);
  exit(kFailed);
  EXPECT_EQ(state(), State::kBackoff);
  EXPECT_EQ(time_to_start(), 1s);
}

TEST_F(Machine, MinutesWithoutVideoAreNotHealthy) {
  start();
  exit(kFailed);
  time_to_start();
  run();
  pass(260s, true);
  pass(35s, false);
  ASSERT_EQ(state(), State::kStalled);
  exit(kFailed);
  EXPECT_EQ(time_to_start(), 2s);
}

TEST_F(Machine, TimeInWhichNothingCouldBeSeenIsNotHealthy) {
  start();
  exit(kFailed);
  time_to_start();
  run();
  pass(200s, true);
  look_.hindrance = Reason::kIngestAway;
  pass(200s, true);
  look_.hindrance = Reason::kNone;
  pass(200s, true);
  exit(kFailed);
  EXPECT_EQ(time_to_start(), 2s) << "nothing is forgotten";
  run();
  pass(301s, true);
  exit(kFailed);
  EXPECT_EQ(time_to_start(), 1s);
}

TEST_F(Machine, AnotherOneGoesOnWithItsCrashLoop) {
  for (int i = 0; i < 5; ++i) {
    start();
    exit(kFailed);
    if (i < 4) time_to_start();
  }
  ASSERT_EQ(state(), State::kCrashLoop);
  const auto trouble = machine_->trouble();
  const std::string text = machine_->text();
  now_ += 20s;
  SetUp();
  machine_->go_on_with(now_, trouble, State::kCrashLoop, Reason::kExited, text);
  EXPECT_EQ(state(), State::kCrashLoop);
  EXPECT_EQ(reason(), Reason::kExited);
  EXPECT_EQ(machine_->text(), text);
  EXPECT_EQ(machine_->restarts(), 4U);
  EXPECT_EQ(time_to_start(), 40s) << "20 s have passed";
  start();
  EXPECT_EQ(machine_->restarts(), 5U);
  exit(kFailed);
  EXPECT_EQ(state(), State::kCrashLoop);
}

TEST_F(Machine, AnotherOneGoesOnWithTheDelays) {
  start();
  exit(kFailed);
  const auto trouble = machine_->trouble();
  now_ += 10s;
  SetUp();
  machine_->go_on_with(now_, trouble, State::kBackoff, Reason::kExited, "exit code 3");
  EXPECT_EQ(state(), State::kQueued) << "its try is due";
  start();
  EXPECT_EQ(machine_->restarts(), 1U);
  exit(kFailed);
  EXPECT_EQ(time_to_start(), 2s);
}

TEST_F(Machine, AnotherOneTriesAtOnceWhatCouldNotWork) {
  ASSERT_EQ(next(), Action::kStart);
  machine_->on_start_failed(now_, {ErrorCode::kNotFound, "models/a.bmodel: no such file"});
  const auto trouble = machine_->trouble();
  SetUp();
  machine_->go_on_with(now_, trouble, State::kFailed, Reason::kFileMissing, "models/a.bmodel");
  EXPECT_EQ(next(), Action::kStart) << "the file may be there now";
}

TEST_F(Machine, DelaysAreUpToAFifthShorterOrLonger) {
  for (const auto& [chance, delay] : {std::pair{0.0, 800ms}, {1.0, 1200ms}, {0.75, 1100ms}}) {
    SetUp();
    chance_ = chance;
    start();
    exit(kFailed);
    EXPECT_EQ(machine_->delay(), delay);
  }
}

struct EndCase {
  const char* name;
  RestartPolicy restart;
  bool source_ends;
  ProcessEnd end;
  bool said_end;
  State state;
  Reason reason;
};

TEST_F(Machine, WhatAnEndMeansDependsOnTheTaskAndItsSource) {
  using P = RestartPolicy;
  const std::vector<EndCase> cases = {
      {"file, played", P::kOnFailure, true, kClean, true, State::kEnded, Reason::kEndOfSource},
      {"file, played", P::kNever, true, kClean, true, State::kEnded, Reason::kEndOfSource},
      {"file, played", P::kAlways, true, kClean, true, State::kBackoff, Reason::kEndOfSource},
      {"file, played", P::kOnEnd, true, kClean, true, State::kBackoff, Reason::kEndOfSource},
      {"file, told to go", P::kOnFailure, true, kClean, false, State::kBackoff, Reason::kExited},
      {"file, told to go", P::kAlways, true, kClean, false, State::kBackoff, Reason::kExited},
      {"file, told to go", P::kOnEnd, true, kClean, false, State::kFailed, Reason::kExited},
      {"file, told to go", P::kNever, true, kClean, false, State::kFailed, Reason::kExited},
      {"file, crash", P::kOnFailure, true, kFailed, false, State::kBackoff, Reason::kExited},
      {"file, crash", P::kAlways, true, kKilled, false, State::kBackoff, Reason::kSignalled},
      {"file, crash", P::kOnEnd, true, kFailed, false, State::kFailed, Reason::kExited},
      {"file, crash", P::kNever, true, kKilled, false, State::kFailed, Reason::kSignalled},
      {"file, crash at its end", P::kOnFailure, true, kFailed, true, State::kBackoff, Reason::kExited},
      {"file, unknown", P::kOnFailure, true, kNobodyKnows, false, State::kBackoff, Reason::kGone},
      {"file, unknown", P::kOnFailure, true, kNobodyKnows, true, State::kEnded, Reason::kEndOfSource},
      {"camera, code 0", P::kOnFailure, false, kClean, false, State::kBackoff, Reason::kExited},
      {"camera, code 0", P::kOnFailure, false, kClean, true, State::kBackoff, Reason::kExited},
      {"camera, code 0", P::kNever, false, kClean, false, State::kFailed, Reason::kExited},
      {"camera, crash", P::kOnFailure, false, kKilled, false, State::kBackoff, Reason::kSignalled},
      {"camera, unknown", P::kAlways, false, kNobodyKnows, true, State::kBackoff, Reason::kGone},
  };
  for (const EndCase& c : cases) {
    make(c.restart, c.source_ends);
    run();
    exit(c.end, c.said_end);
    EXPECT_EQ(state(), c.state) << c.name << ", policy " << static_cast<int>(c.restart);
    EXPECT_EQ(reason(), c.reason) << c.name << ", policy " << static_cast<int>(c.restart);
    EXPECT_EQ(machine_->is_over(), c.state != State::kBackoff) << c.name;
  }
}

TEST_F(Machine, LastFrameSaysThatAnAdoptedProcessHasPlayedItsFile) {
  make(RestartPolicy::kOnFailure, true);
  machine_->on_adopted(now_, 0);
  EXPECT_EQ(reason(), Reason::kAdopted);
  look_.end_of_stream = true;
  show_video();
  exit(kNobodyKnows);
  EXPECT_EQ(state(), State::kEnded);
}

TEST_F(Machine, ProcessThatHangsAfterTheLastFrameHasEnded) {
  make(RestartPolicy::kOnFailure, true);
  run();
  look_.end_of_stream = true;
  pass(89s, false);
  now_ += 1s;
  EXPECT_EQ(next(), Action::kTerminate);
  exit(ExitStatus{true, 15});
  EXPECT_EQ(state(), State::kEnded);
}

TEST_F(Machine, FileThatIsPlayedAgainWaitsTheShortestTime) {
  make(RestartPolicy::kAlways, true);
  for (int i = 0; i < 10; ++i) {
    run();
    pass(10s, true);
    exit(kClean, true);
    EXPECT_EQ(time_to_start(), 1s);
  }
}

TEST_F(Machine, FileThatEndsBeforeItShowedAnythingWaitsLongerEachTime) {
  make(RestartPolicy::kAlways, true);
  for (const auto delay : {1s, 2s, 4s}) {
    start();
    exit(kClean, true);
    EXPECT_EQ(time_to_start(), delay);
  }
}

TEST_F(Machine, WhatCannotWorkHasFailedAndIsTriedEveryMinute) {
  ASSERT_EQ(next(), Action::kStart);
  machine_->on_start_failed(now_, {ErrorCode::kNotFound, "models/a.bmodel: no such file"});
  EXPECT_EQ(state(), State::kFailed);
  EXPECT_EQ(reason(), Reason::kFileMissing);
  EXPECT_EQ(machine_->text(), "models/a.bmodel: no such file");
  EXPECT_FALSE(machine_->is_over());
  const auto since = machine_->since();
  EXPECT_EQ(time_to_start(), 60s);
  machine_->on_start_failed(now_, {ErrorCode::kInvalid, "engine.json: /0: found nothing"});
  EXPECT_EQ(reason(), Reason::kFileInvalid);
  EXPECT_EQ(machine_->since(), since) << "it has failed all the time";
  EXPECT_EQ(time_to_start(), 60s);
  run();
  EXPECT_EQ(machine_->restarts(), 0U);
}

TEST_F(Machine, WhatMayComeBackIsWaitedForWithGrowingDelays) {
  for (const auto delay : {1s, 2s, 4s, 8s, 16s, 32s}) {
    ASSERT_EQ(next(), Action::kStart);
    machine_->on_start_failed(now_, {ErrorCode::kUnavailable, "fork: Cannot allocate memory"});
    EXPECT_EQ(state(), State::kBackoff);
    EXPECT_EQ(reason(), Reason::kStartFailed);
    EXPECT_EQ(time_to_start(), delay);
  }
}

TEST_F(Machine, StopAsksOnceAndInsistsAfterTheGrace) {
  run();
  machine_->request_stop(now_);
  EXPECT_EQ(state(), State::kStopping);
  EXPECT_EQ(next(), Action::kTerminate);
  now_ += 4999ms;
  EXPECT_EQ(next(), Action::kNone);
  now_ += 1ms;
  EXPECT_EQ(next(), Action::kKill);
  EXPECT_EQ(next(), Action::kNone);
  exit(kKilled);
  EXPECT_EQ(state(), State::kStopped);
  EXPECT_EQ(reason(), Reason::kAsked);
}

TEST_F(Machine, StopWithoutAProcessIsImmediate) {
  machine_->request_stop(now_);
  EXPECT_EQ(state(), State::kStopped);
  SetUp();
  start();
  exit(kFailed);
  machine_->request_stop(now_);
  EXPECT_EQ(state(), State::kStopped);
  SetUp();
  machine_->on_start_failed(now_, {ErrorCode::kNotFound, "x"});
  machine_->request_stop(now_);
  EXPECT_EQ(state(), State::kStopped);
}

TEST_F(Machine, StopLeavesAnEndAsItWas) {
  make(RestartPolicy::kNever, true);
  start();
  exit(kClean, true);
  machine_->request_stop(now_);
  EXPECT_EQ(state(), State::kEnded);
}

TEST_F(Machine, RestartEndsTheProcessAndStartsItWithoutDelay) {
  run();
  EXPECT_TRUE(machine_->request_restart(now_));
  EXPECT_FALSE(machine_->request_restart(now_)) << "on its way already";
  EXPECT_EQ(next(), Action::kTerminate);
  EXPECT_EQ(state(), State::kRunning);
  now_ += 5s;
  EXPECT_EQ(next(), Action::kKill);
  exit(kKilled);
  EXPECT_EQ(state(), State::kQueued);
  EXPECT_EQ(reason(), Reason::kMoved);
  start();
  EXPECT_EQ(machine_->restarts(), 0U) << "a move is none";
  exit(kFailed);
  EXPECT_EQ(time_to_start(), 1s) << "the restart was no failure";
}

TEST_F(Machine, RestartWithoutAProcessIsNothing) {
  EXPECT_FALSE(machine_->request_restart(now_));
  start();
  exit(kFailed);
  EXPECT_FALSE(machine_->request_restart(now_));
  EXPECT_EQ(time_to_start(), 1s) << "the delay stays";
}

TEST_F(Machine, EndOfTheFileBeforeTheRestartIsTheEnd) {
  make(RestartPolicy::kOnFailure, true);
  run();
  machine_->request_restart(now_);
  exit(kClean, true);
  EXPECT_EQ(state(), State::kEnded);
}

TEST_F(Machine, StopDuringARestartWinsAndDoesNotWaitAnew) {
  run();
  machine_->request_restart(now_);
  EXPECT_EQ(next(), Action::kTerminate);
  now_ += 3s;
  machine_->request_stop(now_);
  now_ += 2s;
  EXPECT_EQ(next(), Action::kKill);
  exit(kKilled);
  EXPECT_EQ(state(), State::kStopped);
}

TEST(StreamStates, AreCalledRunningWhileTheyMendThemselves) {
  for (const State state :
       {State::kStarting, State::kRunning, State::kStalled, State::kBlocked, State::kBackoff}) {
    EXPECT_TRUE(counts_as_running(state)) << name_of(state);
  }
  for (const State state : {State::kQueued, State::kEnded, State::kCrashLoop, State::kStopping,
                            State::kStopped, State::kFailed}) {
    EXPECT_FALSE(counts_as_running(state)) << name_of(state);
  }
}

TEST(RestartPolicies, HaveNames) {
  EXPECT_EQ(restart_policy_of("always"), RestartPolicy::kAlways);
  EXPECT_EQ(restart_policy_of("on-failure"), RestartPolicy::kOnFailure);
  EXPECT_EQ(restart_policy_of("on-end"), RestartPolicy::kOnEnd);
  EXPECT_EQ(restart_policy_of("never"), RestartPolicy::kNever);
  EXPECT_EQ(restart_policy_of("On-Failure"), std::nullopt);
}

}  // namespace
}  // namespace stream::api
