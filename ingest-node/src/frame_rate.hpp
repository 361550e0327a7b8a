// How busy an ingest-node is.
#pragma once

#include <chrono>

namespace stream::ingest {

// Frames a second, smoothed over about five seconds. Confined to one thread.
class FrameRate {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FrameRate(Clock::time_point now) : last_(now) {}

  // `frames`: taken so far. The present rate; to be asked about once a second.
  double update(double frames, Clock::time_point now);

 private:
  Clock::time_point last_;
  double frames_ = 0;
  double rate_ = 0;
};

}  // namespace stream::ingest
