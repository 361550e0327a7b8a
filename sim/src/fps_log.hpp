// sophon-stream's own log lines about the speed of a channel.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace stream::sim {

// Confined to one thread.
class FpsLog {
 public:
  explicit FpsLog(int channel_index) : channel_index_(channel_index) {}

  // Counts a frame; every hundredth one prints `[channel_0] tmp_fps: 25.0, avg_fps: 24.9` to stdout.
  void add(std::chrono::steady_clock::time_point now) {
    constexpr std::uint64_t kEvery = 100;
    if (frames_++ == 0) first_ = last_ = now;
    if (frames_ % kEvery != 0) return;
    fmt::print("[channel_{}] tmp_fps: {:.1f}, avg_fps: {:.1f}\n", channel_index_, rate(kEvery, now - last_),
               rate(frames_, now - first_));
    std::fflush(stdout);
    last_ = now;
  }

 private:
  static double rate(std::uint64_t frames, std::chrono::duration<double> time) {
    return time.count() > 0 ? static_cast<double>(frames) / time.count() : 0;
  }

  const int channel_index_;
  std::uint64_t frames_ = 0;
  std::chrono::steady_clock::time_point first_, last_;
};

}  // namespace stream::sim
