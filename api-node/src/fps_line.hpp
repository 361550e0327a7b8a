// The lines of a stream process's log that we read: how fast a channel is decoded, and how fast its frames
// come out at the end of the graph, which behind a filter is not at all in a quiet scene; and that a video
// has come to its end.
#pragma once

#include <optional>
#include <string_view>

namespace stream::api {

struct FpsLine {
  bool decoded = false;  // else what came out
  int channel = 0;
  double fps = 0;  // since the line before
  bool operator==(const FpsLine&) const = default;
};

// Of "... [fps_decode_0] tmp_fps: 25.0, avg_fps: 24.9 ..." and the same with [channel_0]; empty for every
// other line.
std::optional<FpsLine> parse_fps_line(std::string_view line);

// "meet a eof": the last frame of a video has come out of the graph, after the last time that it is played.
bool says_end(std::string_view line);

}  // namespace stream::api
