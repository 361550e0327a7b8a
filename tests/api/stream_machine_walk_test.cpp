// What holds for the machine whatever happens, in random lives of a process.
#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <set>

#include "stream_machine.hpp"

namespace stream::api {
namespace {

using namespace std::chrono_literals;
using Action = StreamMachine::Action;
using State = StreamState;

// A world that obeys the machine, and breaks things.
class Walk {
 public:
  explicit Walk(unsigned seed)
      : random_(seed),
        terms_{static_cast<RestartPolicy>(pick(4)), pick(2) == 0},
        machine_(now_, {}, terms_, [this] { return static_cast<double>(pick(1001)) / 1000; }) {
    if (pick(4) == 0) {
      machine_.on_adopted(now_, 0);
      process_ = Process{now_};
    }
  }

  void step() {
    now_ += std::chrono::milliseconds(pick(3000));
    happen();
    const State before = machine_.state();
    const Action action = machine_.next(now_, look());
    obey(before, action);
    check();
  }

  const std::set<State>& seen() const { return seen_; }

 private:
  struct Process {
    StreamMachine::TimePoint started;
    int terminated = 0, killed = 0;
    StreamMachine::TimePoint terminated_at{};
    std::optional<StreamMachine::TimePoint> last_video{};
  };

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  bool rarely(int one_in) { return pick(one_in) == 0; }

  void happen() {
    if (rarely(60)) has_video_ = !has_video_;
    if (rarely(60))
      hindrance_ = hindrance_ == StreamReason::kNone ? StreamReason::kIngestAway : StreamReason::kNone;
    if (rarely(40)) wait_ = wait_ == StreamReason::kNone ? StreamReason::kProcessLimit : StreamReason::kNone;
    if (rarely(400)) crashes_at_once_ = !crashes_at_once_;
    if (process_ && has_video_) process_->last_video = now_;
    if (rarely(300)) {
      const bool expected = may_restart();
      EXPECT_EQ(machine_.request_restart(now_), expected);
    }
    if (rarely(3000)) machine_.request_stop(now_);
    if (!process_) return;
    const bool obeys = process_->terminated > 0 && rarely(3);
    if (process_->killed > 0 || obeys || crashes_at_once_ || rarely(200)) end();
  }

  bool may_restart() {
    if (!process_ || machine_.state() == State::kStopping || process_->terminated > 0 || restarting_)
      return false;
    return restarting_ = true;
  }

  void end() {
    const bool killed = process_->killed > 0;
    machine_.on_exit(now_,
                     rarely(5) && !killed ? ProcessEnd{}
                     : killed             ? ProcessEnd{ExitStatus{true, 9}}
                                          : ProcessEnd{ExitStatus{false, pick(2)}},
                     rarely(2));
    process_.reset();
    restarting_ = false;
  }

  StreamMachine::Look look() {
    StreamMachine::Look look;
    look.wait = wait_;
    look.hindrance = hindrance_;
    if (process_) look.last_video = process_->last_video;
    return look;
  }

  void obey(State before, Action action) {
    switch (action) {
      case Action::kNone:
        break;
      case Action::kStart:
        ASSERT_FALSE(process_) << "started twice";
        ASSERT_EQ(wait_, StreamReason::kNone) << "started though it had to wait";
        if (rarely(10)) {
          machine_.on_start_failed(now_, {rarely(2) ? ErrorCode::kNotFound : ErrorCode::kUnavailable, "why"});
          break;
        }
        machine_.on_started(now_);
        process_ = Process{now_};
        break;
      case Action::kTerminate:
        ASSERT_TRUE(process_);
        ASSERT_EQ(++process_->terminated, 1) << "asked twice";
        ASSERT_TRUE(before != State::kBlocked || restarting_) << "a blocked process is left alone";
        process_->terminated_at = now_;
        break;
      case Action::kKill:
        ASSERT_TRUE(process_);
        ASSERT_EQ(process_->terminated, 1) << "killed without being asked";
        ASSERT_EQ(++process_->killed, 1);
        ASSERT_GE(now_ - process_->terminated_at, 0s);
        break;
    }
  }

  void check() {
    const State state = machine_.state();
    seen_.insert(state);
    ASSERT_EQ(has_process(state), process_.has_value()) << name_of(state);
    ASSERT_LE(machine_.since(), now_);
    ASSERT_LE(machine_.delay(), 72s) << "the longest delay and a fifth";
    ASSERT_EQ(state, was_over_.value_or(state)) << "what is over stays as it is";
    if (machine_.is_over()) was_over_ = state;
    if (state == State::kStalled || state == State::kBackoff || state == State::kFailed ||
        state == State::kBlocked || state == State::kCrashLoop) {
      ASSERT_FALSE(machine_.text().empty()) << name_of(state);
      ASSERT_NE(machine_.reason(), StreamReason::kNone) << name_of(state);
    }
    ASSERT_TRUE(terms_.restart != RestartPolicy::kNever || machine_.restarts() == 0);
  }

  std::mt19937 random_;
  StreamMachine::TimePoint now_{1000s};
  StreamTerms terms_;
  StreamMachine machine_;
  std::optional<Process> process_;
  bool has_video_ = true, crashes_at_once_ = false, restarting_ = false;
  StreamReason hindrance_ = StreamReason::kNone, wait_ = StreamReason::kNone;
  std::optional<State> was_over_;
  std::set<State> seen_;
};

TEST(StreamMachineWalk, KeepsItsPromisesInAnyLife) {
  std::set<State> seen;
  for (unsigned seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    Walk walk(seed);
    for (int i = 0; i < 2000 && !HasFatalFailure(); ++i) walk.step();
    if (HasFatalFailure()) return;
    seen.insert(walk.seen().begin(), walk.seen().end());
  }
  EXPECT_EQ(seen.size(), 11U) << "every state was met";
}

}  // namespace
}  // namespace stream::api
