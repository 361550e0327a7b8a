// How long to wait before a node that ended is started again.
#pragma once

#include <algorithm>
#include <chrono>

namespace stream::server {

// 0.1 s, doubled up to 5 s; from the start again after a run of 10 s or more. A value; pure.
class RestartDelay {
 public:
  using milliseconds = std::chrono::milliseconds;

  static constexpr milliseconds kFirst{100};
  static constexpr milliseconds kLongest{5'000};
  static constexpr milliseconds kHealthyRun{10'000};

  // The node ended after having run for `run`.
  milliseconds next(milliseconds run) {
    if (run >= kHealthyRun) delay_ = kFirst;
    const milliseconds result = delay_;
    delay_ = std::min(delay_ * 2, kLongest);
    return result;
  }

 private:
  milliseconds delay_ = kFirst;
};

}  // namespace stream::server
