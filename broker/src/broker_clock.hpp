// Time for leases and delays: milliseconds during which some broker ran on this data directory. It goes on
// where the last broker left it, knows no wall clock and never goes back, so leases survive restarts and
// nobody can turn them.
#pragma once

#include <chrono>
#include <cstdint>

namespace stream::broker {

// Immutable.
class BrokerClock {
 public:
  // `start_ms` > 0: what the clock showed when it was last stored.
  explicit BrokerClock(std::int64_t start_ms) : start_ms_(start_ms) {}

  std::int64_t now_ms() const {
    const auto run = std::chrono::steady_clock::now() - started_;
    return start_ms_ + std::chrono::duration_cast<std::chrono::milliseconds>(run).count();
  }

 private:
  const std::int64_t start_ms_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace stream::broker
