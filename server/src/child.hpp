// One node as a child process, and what it said about itself.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "node_plan.hpp"
#include "ready_pipe.hpp"
#include "restart_delay.hpp"
#include "stream/common/process.hpp"
#include "stream/common/result.hpp"

namespace stream::server {

// Confined to one thread: the process dies with the thread that started it. The destructor kills it.
class Child {
 public:
  using Clock = std::chrono::steady_clock;

  enum class State {
    kDown,      // not started yet, or ended
    kStarting,  // running, has not said READY
    kReady,
  };
  enum class Event { kNothing, kBecameReady, kEnded };

  explicit Child(NodePlan plan) : plan_(std::move(plan)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // REQUIRES: state() is kDown. After a failure restart_at() says when to try again.
  Status start(Clock::time_point now);
  // What happened since the last call; never blocks. After kEnded, how_it_ended() says why and restart_at()
  // when to start it again.
  Event poll(Clock::time_point now);
  // Nothing happens when it does not run.
  void signal(int number);

  const NodePlan& plan() const { return plan_; }
  State state() const { return state_; }
  pid_t pid() const { return state_ == State::kDown ? 0 : process_->pid(); }
  std::uint32_t restarts() const { return restarts_; }
  // host:port, as the node told it; empty when it did not.
  const std::string& listen_address() const { return listen_address_; }
  const std::string& admin_address() const { return admin_address_; }
  // The reason the node gave, else its exit status.
  const std::string& how_it_ended() const { return how_it_ended_; }
  Clock::time_point restart_at() const { return restart_at_; }
  // When the process that runs, or the last one, was started.
  Clock::time_point started_at() const { return started_at_; }

 private:
  Event became_ready(const NodeWords& words);
  Event ended(const ExitStatus& status, const NodeWords& words, Clock::time_point now);

  NodePlan plan_;
  State state_ = State::kDown;
  std::optional<ReadyPipe> pipe_;
  std::optional<Process> process_;
  bool ever_started_ = false;
  std::uint32_t restarts_ = 0;
  std::string listen_address_, admin_address_;
  std::string how_it_ended_;
  Clock::time_point started_at_, restart_at_;
  RestartDelay delay_;
};

}  // namespace stream::server
