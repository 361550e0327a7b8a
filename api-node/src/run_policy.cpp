#include "run_policy.hpp"

#include <algorithm>

namespace stream::api {

std::string_view name_of(RunState state) {
  switch (state) {
    case RunState::kWaiting:
      return "waiting";
    case RunState::kRunning:
      return "running";
    case RunState::kBackoff:
      return "backoff";
    case RunState::kEnded:
      return "ended";
    case RunState::kStopping:
      return "stopping";
    case RunState::kStopped:
      return "stopped";
  }
  return "unknown";
}

bool counts_as_running(RunState state) {
  return state == RunState::kWaiting || state == RunState::kRunning || state == RunState::kBackoff;
}

RunPolicy::Action RunPolicy::next(Clock::time_point now, IngestReadiness ingest) {
  switch (state_) {
    case RunState::kBackoff:
      if (now - since_ < delay_) return Action::kNone;
      enter(RunState::kWaiting, now);
      [[fallthrough]];
    case RunState::kWaiting:
      if (ingest == IngestReadiness::kAbsent) return Action::kNone;
      if (ingest == IngestReadiness::kBehind && now - since_ < options_.ingest_patience) return Action::kNone;
      return Action::kStart;
    case RunState::kStopping:
      return ask_to_end(now, since_);
    case RunState::kRunning:
      return restart_since_ ? ask_to_end(now, *restart_since_) : Action::kNone;
    case RunState::kEnded:
    case RunState::kStopped:
      return Action::kNone;
  }
  return Action::kNone;
}

RunPolicy::Action RunPolicy::ask_to_end(Clock::time_point now, Clock::time_point since) {
  if (!std::exchange(terminated_, true)) return Action::kTerminate;
  if (now - since >= options_.grace && !std::exchange(killed_, true)) return Action::kKill;
  return Action::kNone;
}

void RunPolicy::on_started(Clock::time_point now) {
  enter(RunState::kRunning, now);
}

void RunPolicy::on_start_failed(Clock::time_point now) {
  back_off(now);
}

void RunPolicy::on_exit(Clock::time_point now, const ExitStatus& exit) {
  if (state_ == RunState::kStopping) {
    enter(RunState::kStopped, now);
  } else if (restart_since_ && (terminated_ || !exit.clean())) {
    restart_since_.reset();
    terminated_ = killed_ = false;
    enter(RunState::kWaiting, now);
  } else if (exit.clean()) {
    enter(RunState::kEnded, now);
  } else {
    if (now - since_ >= options_.healthy_after) delay_ = std::chrono::milliseconds(0);
    back_off(now);
  }
}

void RunPolicy::request_stop(Clock::time_point now) {
  if (state_ == RunState::kRunning) {
    enter(RunState::kStopping, now);
  } else if (state_ != RunState::kStopping && !is_over()) {
    enter(RunState::kStopped, now);
  }
}

bool RunPolicy::request_restart(Clock::time_point now) {
  if (state_ != RunState::kRunning || restart_since_) return false;
  restart_since_ = now;
  return true;
}

void RunPolicy::enter(RunState state, Clock::time_point now) {
  state_ = state;
  since_ = now;
}

void RunPolicy::back_off(Clock::time_point now) {
  delay_ = delay_.count() == 0 ? options_.first_delay : std::min(2 * delay_, options_.longest_delay);
  enter(RunState::kBackoff, now);
}

}  // namespace stream::api
