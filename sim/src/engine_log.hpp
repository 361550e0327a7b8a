// Log lines in the form of sophon-stream's own logger, for those that somebody reads:
//   [14:03:59 +08:00] [engine] [info] [profiler.cc:38] [channel_0] tmp_fps: 25.01, avg_fps: 24.9
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace stream::sim {

// Writes one line to stdout, at once. `level` as spdlog names it, `place` is file and line. Thread-safe.
void engine_log(std::string_view level, std::string_view place, std::string_view text);

// What ffmpeg prints on the real one's behalf: `text` alone on a line of stderr. Thread-safe.
void ffmpeg_log(std::string_view text);

}  // namespace stream::sim
