// What system events can be about. docs/events.md tells when each is raised and cleared.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace stream::events {

enum class Kind { kCamera, kCrashLoop, kReceiver, kDisk, kNode };
inline constexpr std::array kKinds{Kind::kCamera, Kind::kCrashLoop, Kind::kReceiver, Kind::kDisk,
                                   Kind::kNode};

// As in SystemEvent.
struct KindTexts {
  std::string_view condition;  // what ids begin with
  std::string_view raised, cleared;
  std::string_view severity;  // of the raised one; the cleared one is info
};

constexpr KindTexts texts_of(Kind kind) {
  switch (kind) {
    case Kind::kCamera:
      return {"camera", "camera_offline", "camera_online", "warning"};
    case Kind::kCrashLoop:
      return {"crash_loop", "crash_loop", "crash_loop_over", "error"};
    case Kind::kReceiver:
      return {"receiver", "receiver_down", "receiver_up", "warning"};
    case Kind::kDisk:
      return {"disk", "disk_nearly_full", "disk_has_room", "warning"};
    case Kind::kNode:
      break;
  }
  return {"node", "node_lost", "node_joined", "warning"};
}

// Of what an event with this SystemEvent::kind began.
constexpr std::optional<Kind> kind_raised_as(std::string_view raised) {
  for (const Kind kind : kKinds) {
    if (texts_of(kind).raised == raised) return kind;
  }
  return std::nullopt;
}

}  // namespace stream::events
