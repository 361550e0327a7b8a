// What the path of a GET on the frame edge asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace stream::ingest {

// /frames/<boot>/<sequence>, the same with .jpg, and with .jpg?sub=<index>.
struct WantedFrame {
  std::uint64_t boot = 0, sequence = 0;
  bool picture = false;
  std::optional<std::size_t> sub_object;
  bool operator==(const WantedFrame&) const = default;
};

// /frames/<boot>/after/<channel>/<number>.
struct WantedReplay {
  std::uint64_t boot = 0;
  std::string_view channel;  // FrameChannel::name(); points into the path
  std::uint64_t number = 0;
  bool operator==(const WantedReplay&) const = default;
};

struct MalformedPath {
  bool operator==(const MalformedPath&) const = default;
};

// REQUIRES: `path` starts with /frames/. `query` is what follows '?'.
std::variant<WantedFrame, WantedReplay, MalformedPath> parse_frame_path(std::string_view path,
                                                                        std::string_view query);

}  // namespace stream::ingest
