#include "stream_health.hpp"

namespace stream::api {

StreamHealth health_of(StreamState state, StreamReason reason) {
  StreamHealth health;
  switch (state) {
    case StreamState::kRunning:
      health.camera_offline = false;
      health.crash_loop = false;
      break;
    case StreamState::kStalled:
      health.camera_offline = true;
      break;
    case StreamState::kCrashLoop:
      health.crash_loop = true;
      [[fallthrough]];
    case StreamState::kBackoff:
      // Restarted for want of video, it has none.
      if (reason == StreamReason::kNoVideo) health.camera_offline = true;
      break;
    case StreamState::kEnded:
    case StreamState::kStopped:
    case StreamState::kFailed:
      health.over = true;
      break;
    case StreamState::kQueued:
    case StreamState::kStarting:
    case StreamState::kBlocked:
    case StreamState::kStopping:
      break;
  }
  return health;
}

}  // namespace stream::api
