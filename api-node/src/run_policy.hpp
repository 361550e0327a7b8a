// When a stream process is started, ended and started again: decisions only, with the clock passed in.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stream/common/process.hpp"

namespace stream::api {

enum class RunState {
  kWaiting,   // for its ingest-node, or for its turn to start
  kRunning,   // the process is there
  kBackoff,   // it ended abnormally or could not be started; the next try comes
  kEnded,     // it played its file to the end
  kStopping,  // asked to go
  kStopped,   // gone, as asked
};

// "waiting", "running", ...
std::string_view name_of(RunState state);

// What application-web calls running: something happens or will happen without a user.
bool counts_as_running(RunState state);

// How one stream process is doing, for people. A value.
struct RunStatus {
  RunState state = RunState::kWaiting;
  std::int64_t since_us = 0;  // UNIX time of the last change of state
  std::string reason;         // masked; empty while all is well
  std::string last_exit;      // ExitStatus::text() of the last one, empty before
  pid_t pid = 0;              // 0: none
  std::uint32_t restarts = 0;
  bool operator==(const RunStatus&) const = default;
};

// Whether frames of this process would be taken by its ingest-node.
enum class IngestReadiness {
  kAbsent,  // the node is not up
  kBehind,  // it is up but has not seen the task yet
  kReady,
};

struct RunPolicyOptions {
  std::chrono::milliseconds first_delay{1000},
      longest_delay{60000};  // between an abnormal end and the next try
  std::chrono::milliseconds healthy_after{
      300000};  // having run this long makes the next delay the first again
  std::chrono::milliseconds ingest_patience{2000};  // a node that is behind is not waited for any longer
  std::chrono::milliseconds grace{5000};            // from SIGTERM to SIGKILL
};

// One process over its whole life. Confined to one thread.
class RunPolicy {
 public:
  using Clock = std::chrono::steady_clock;

  enum class Action { kNone, kStart, kTerminate, kKill };

  RunPolicy(Clock::time_point now, const RunPolicyOptions& options) : options_(options), since_(now) {}

  // What is to be done now. kStart is answered with on_started() or on_start_failed(), or it comes again; the
  // signals are sent once. Call it often.
  Action next(Clock::time_point now, IngestReadiness ingest);

  void on_started(Clock::time_point now);
  void on_start_failed(Clock::time_point now);
  void on_exit(Clock::time_point now, const ExitStatus& exit);
  // For good.
  void request_stop(Clock::time_point now);
  // A running process ends, with signals as for a stop, and is started again without delay; its state stays
  // kRunning meanwhile. False: there is no process, or it is on its way already.
  bool request_restart(Clock::time_point now);

  RunState state() const { return state_; }
  // kEnded or kStopped.
  bool is_over() const { return state_ == RunState::kEnded || state_ == RunState::kStopped; }
  // From an abnormal end to the next try.
  std::chrono::milliseconds delay() const { return delay_; }

 private:
  Action ask_to_end(Clock::time_point now, Clock::time_point since);
  void enter(RunState state, Clock::time_point now);
  void back_off(Clock::time_point now);

  const RunPolicyOptions options_;
  RunState state_ = RunState::kWaiting;
  Clock::time_point since_;
  std::chrono::milliseconds delay_{0};
  std::optional<Clock::time_point> restart_since_{};
  bool terminated_ = false, killed_ = false;
};

}  // namespace stream::api
