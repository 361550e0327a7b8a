// How long to wait before a node that ended is started again.
#pragma once

#include <algorithm>
#include <chrono>

namespace stream::server {

// 0.1 s, doubled up to 5 s; from the start again after a run of 2 s or more: what works that long is worth
// having back at once, and costs no more than a start every 2 s. A value; pure.
class RestartDelay {
 public:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{5'000};
  static constexpr std::chrono::milliseconds kHealthyRun{2'000};

  // The node ended after having run for `run`.
  std::chrono::milliseconds next(std::chrono::milliseconds run) {
    if (run >= kHealthyRun) delay_ = kFirst;
    const std::chrono::milliseconds result = delay_;
    delay_ = std::min(delay_ * 2, kLongest);
    return result;
  }

 private:
  std::chrono::milliseconds delay_ = kFirst;
};

}  // namespace stream::server
