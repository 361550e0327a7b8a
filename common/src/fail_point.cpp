#include "stream/common/fail_point.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace stream {

namespace detail {
std::atomic<std::uint64_t> armed_fail_points{0};
}  // namespace detail

namespace {

struct Armed {
  std::atomic<std::uint64_t> passes_left{1};
  std::string witness_file;  // empty: none
};

Armed& armed(std::size_t index) {
  static std::array<Armed, kFailPoints.size()> all;
  return all.at(index);
}

// The part before the first `separator`, which is taken off `text` with it.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

Status arm(std::string_view setting) {
  std::string_view rest = setting;
  const auto point = std::find(kFailPoints.begin(), kFailPoints.end(), take(rest, ':'));
  const std::string_view number = take(rest, ':');
  std::uint64_t count = 1;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  const bool good =
      number.empty() || (error == std::errc{} && end == number.data() + number.size() && count > 0);
  if (point == kFailPoints.end() || !good) {
    return fail(ErrorCode::kInvalid,
                "STREAM_FAIL_POINT: found \"{}\", expected <name>[:<number>[:<file>]] with a name of "
                "common/fail_point.hpp",
                setting);
  }
  const auto index = static_cast<std::size_t>(point - kFailPoints.begin());
  armed(index).passes_left = count;
  armed(index).witness_file = rest;
  detail::armed_fail_points |= std::uint64_t{1} << index;
  return {};
}

}  // namespace

void detail::pass_armed_fail_point(std::size_t index) {
  Armed& point = armed(index);
  if (point.passes_left.fetch_sub(1, std::memory_order_relaxed) != 1) return;
  if (!point.witness_file.empty()) {
    const int file = ::open(point.witness_file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return;
    ::close(file);
  }
  ::raise(SIGKILL);
}

Status arm_fail_points() {
  const char* given = std::getenv("STREAM_FAIL_POINT");
  for (std::string_view rest = given != nullptr ? given : ""; !rest.empty();) {
    if (auto good = arm(take(rest, ',')); !good) return good;
  }
  return {};
}

}  // namespace stream
