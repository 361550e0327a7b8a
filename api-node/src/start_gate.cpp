#include "start_gate.hpp"

namespace stream::api {

StreamReason StartGate::wait(TimePoint now) {
  if (processes_ >= limits_.processes) return StreamReason::kProcessLimit;
  if (now < next_start_) return StreamReason::kStartTurn;
  return has_device_memory(now) ? StreamReason::kNone : StreamReason::kDeviceMemory;
}

bool StartGate::has_device_memory(TimePoint now) {
  constexpr std::chrono::milliseconds kLookEvery{500};
  if (limits_.device_memory_bytes == 0) return true;
  if (now >= next_look_) {
    next_look_ = now + kLookEvery;
    free_ = free_memory_();
  }
  while (!starts_.empty() && now - starts_.front() >= limits_.loading) starts_.pop_front();
  return !free_ || *free_ / limits_.device_memory_bytes > starts_.size();
}

}  // namespace stream::api
