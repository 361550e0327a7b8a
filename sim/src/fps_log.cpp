#include "fps_log.hpp"

#include <fmt/format.h>

#include "engine_log.hpp"

namespace stream::sim {

void FpsLog::add(TimePoint now) {
  constexpr int kMostFrames = 100;
  constexpr auto kStep = std::chrono::seconds(1);
  constexpr float kOld = 0.9F, kNew = 0.1F;
  ++frames_;
  const std::chrono::duration<float> time = now - begin_;
  if ((frames_ > kMostFrames || time > kStep) && time.count() > 0) {
    tmp_fps_ = static_cast<float>(frames_) / time.count();
    avg_fps_ = avg_fps_ * kOld + tmp_fps_ * kNew;
    frames_ = 0;
    begin_ = now;
  }
  if (printed_ != TimePoint::min() && now - printed_ <= kStep) return;
  engine_log("info", "profiler.cc:38",
             fmt::format("[{}] tmp_fps: {}, avg_fps: {}", name_, tmp_fps_, avg_fps_));
  printed_ = now;
}

}  // namespace stream::sim
