// Ends waits from another thread: a flag that poll() can wait for together with a socket or a pipe.
#pragma once

#include <chrono>

namespace stream::sim {

// Raised once and never lowered. Thread-safe.
class StopEvent {
 public:
  StopEvent();
  ~StopEvent();
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;

  void raise();
  bool raised() const;

  // Waits until it is raised (true) or `deadline` has come (false).
  bool wait_until(std::chrono::steady_clock::time_point deadline) const;
  // Waits until poll() reports one of `events` for `fd` (true); false when it was raised or `deadline` came
  // first.
  bool wait_for_fd(int fd, short events, std::chrono::steady_clock::time_point deadline) const;

 private:
  int fd_;  // an eventfd, readable once raised
};

}  // namespace stream::sim
