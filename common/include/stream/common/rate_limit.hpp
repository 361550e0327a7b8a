// Lets an event through at most once per interval and counts what it held back, for logs of things that can
// happen thousands of times a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace stream {

// Thread-safe.
class RateLimit {
 public:
  explicit RateLimit(std::chrono::steady_clock::duration interval) : interval_(interval) {}

  // A number when the caller may report now: how many events were held back since the last report.
  std::optional<std::uint64_t> admit(std::chrono::steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (last_ && now - *last_ < interval_) {
      ++held_back_;
      return std::nullopt;
    }
    last_ = now;
    return std::exchange(held_back_, 0);
  }

 private:
  const std::chrono::steady_clock::duration interval_;
  std::mutex mutex_;  // guards everything below
  std::optional<std::chrono::steady_clock::time_point> last_;
  std::uint64_t held_back_ = 0;
};

}  // namespace stream
