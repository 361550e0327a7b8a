#include "fps_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace stream::api {
namespace {

// Moves `line` behind `what`; false when it does not stand there.
bool skip_to_end_of(std::string_view what, std::string_view& line) {
  const std::size_t at = line.find(what);
  if (at == std::string_view::npos) return false;
  line.remove_prefix(at + what.size());
  return true;
}

template <class Number>
bool take_number(std::string_view& line, Number& number) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (failure != std::errc{}) return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  return true;
}

}  // namespace

std::optional<FpsLine> parse_fps_line(std::string_view line) {
  FpsLine found;
  found.decoded = skip_to_end_of("[fps_decode_", line);
  if ((!found.decoded && !skip_to_end_of("[channel_", line)) || !take_number(line, found.channel) ||
      found.channel < 0) {
    return std::nullopt;
  }
  if (!line.starts_with(']') || !skip_to_end_of("tmp_fps:", line) || !take_number(line, found.fps)) {
    return std::nullopt;
  }
  if (!std::isfinite(found.fps) || found.fps < 0 || line.find("avg_fps:") == std::string_view::npos) {
    return std::nullopt;
  }
  return found;
}

bool says_end(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.ends_with("meet a eof");
}

}  // namespace stream::api
