// Whether one more stream process may start now.
#pragma once

#include <chrono>
#include <cstddef>

#include "stream_state.hpp"

namespace stream::api {

// Confined to one thread.
class StartGate {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `most_processes` at the same time; `gap` from one start to the next.
  StartGate(std::size_t most_processes, std::chrono::milliseconds gap)
      : most_processes_(most_processes), gap_(gap) {}

  // kNone, kProcessLimit or kStartTurn.
  StreamReason wait(TimePoint now) const {
    if (processes_ >= most_processes_) return StreamReason::kProcessLimit;
    return now < next_start_ ? StreamReason::kStartTurn : StreamReason::kNone;
  }
  // Whether or not it came to a process.
  void on_attempt(TimePoint now) { next_start_ = now + gap_; }
  void on_process() { ++processes_; }
  void on_end() { --processes_; }

 private:
  const std::size_t most_processes_;
  const std::chrono::milliseconds gap_;
  std::size_t processes_ = 0;
  TimePoint next_start_{};
};

}  // namespace stream::api
