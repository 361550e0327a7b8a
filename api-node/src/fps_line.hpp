// The one line of a stream process's log that we read: how fast a channel is decoded. It comes whether or not
// anything is found in the pictures.
#pragma once

#include <optional>
#include <string_view>

namespace stream::api {

struct FpsLine {
  int channel = 0;
  double fps = 0;  // since the line before
  bool operator==(const FpsLine&) const = default;
};

// Of "... [channel_0] tmp_fps: 25.0, avg_fps: 24.9 ..."; empty for every other line.
std::optional<FpsLine> parse_fps_line(std::string_view line);

}  // namespace stream::api
