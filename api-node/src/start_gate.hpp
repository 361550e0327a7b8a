// Whether one more stream process may start now.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "stream_state.hpp"

namespace stream::api {

struct StartLimits {
  std::size_t processes = 1000;           // at the same time
  std::chrono::milliseconds gap{100};     // from one start to the next
  std::uint64_t device_memory_bytes = 0;  // that a start needs free, while it is known how much is
  // Those who started in this time have not taken all of theirs yet, so that so much is kept for each.
  std::chrono::milliseconds loading{10000};
};

// Confined to one thread.
class StartGate {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `free_memory`: of the device, in bytes; empty when nothing tells it. Asked at most twice a second.
  StartGate(const StartLimits& limits, std::function<std::optional<std::uint64_t>()> free_memory)
      : limits_(limits), free_memory_(std::move(free_memory)) {}

  // kNone, kProcessLimit, kStartTurn or kDeviceMemory.
  StreamReason wait(TimePoint now);
  // Whether or not it came to a process.
  void on_attempt(TimePoint now) { next_start_ = now + limits_.gap; }
  void on_start(TimePoint now) { starts_.push_back(now); }
  // One is there, started or found.
  void on_process() { ++processes_; }
  void on_end() { --processes_; }

 private:
  bool has_device_memory(TimePoint now);

  const StartLimits limits_;
  const std::function<std::optional<std::uint64_t>()> free_memory_;
  std::size_t processes_ = 0;
  TimePoint next_start_{}, next_look_{};
  std::optional<std::uint64_t> free_;  // at the last look
  std::deque<TimePoint> starts_;       // of those that may still be loading
};

}  // namespace stream::api
