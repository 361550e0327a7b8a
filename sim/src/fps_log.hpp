// sophon-stream's own log lines about the speed of something.
#pragma once

#include <chrono>
#include <string>

namespace stream::sim {

// Prints `[<name>] tmp_fps: 25.02, avg_fps: 24.9`, as the real one does: with the first frame (both 0), then
// once a second while frames come. Without frames there is no line. Confined to one thread.
class FpsLog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `start`: when the first measure begins.
  FpsLog(std::string name, TimePoint start) : name_(std::move(name)), begin_(start) {}

  void add(TimePoint now);

 private:
  const std::string name_;
  TimePoint begin_;  // of the measure that runs
  TimePoint printed_ = TimePoint::min();
  int frames_ = 0;     // since begin_
  float tmp_fps_ = 0;  // of the last measure, which ends after 101 frames or one second
  float avg_fps_ = 0;  // moves a tenth of the way to tmp_fps_ with each measure, from 0
};

}  // namespace stream::sim
