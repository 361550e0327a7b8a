// What the state of a stream process says about its camera, and about itself: what system events are made of.
#pragma once

#include <optional>

#include "stream_state.hpp"

namespace stream::api {

struct StreamHealth {
  // Empty: this state tells nothing new, as while a process starts.
  std::optional<bool> camera_offline, crash_loop;
  // It does not run any more, and nothing will happen without a user: nobody waits for it to be well.
  bool over = false;
  bool operator==(const StreamHealth&) const = default;
};

// We being in the way of its frames (kBlocked) is no sign of anything.
StreamHealth health_of(StreamState state, StreamReason reason);

}  // namespace stream::api
