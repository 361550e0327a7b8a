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
std::atomic<std::size_t> armed_fail_point{kNoFailPoint};
}  // namespace detail

namespace {

std::atomic<std::uint64_t> passes_left{1};

// Empty: none.
std::string& witness_file() {
  static std::string file;
  return file;
}

}  // namespace

void detail::pass_armed_fail_point() {
  if (passes_left.fetch_sub(1, std::memory_order_relaxed) != 1) return;
  if (!witness_file().empty()) {
    const int file = ::open(witness_file().c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return;
    ::close(file);
  }
  ::raise(SIGKILL);
}

Status arm_fail_point() {
  const char* given = std::getenv("STREAM_FAIL_POINT");
  if (given == nullptr || *given == '\0') return {};
  std::string_view text(given);
  const auto take = [&text] {
    const std::string_view part = text.substr(0, text.find(':'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
  };
  const auto point = std::find(kFailPoints.begin(), kFailPoints.end(), take());
  const std::string_view number = take();
  std::uint64_t count = 1;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  const bool good =
      number.empty() || (error == std::errc{} && end == number.data() + number.size() && count > 0);
  if (point == kFailPoints.end() || !good) {
    return fail(ErrorCode::kInvalid,
                "STREAM_FAIL_POINT: found \"{}\", expected <name>[:<number>[:<file>]] with a name of "
                "common/fail_point.hpp",
                given);
  }
  passes_left = count;
  witness_file() = text;
  detail::armed_fail_point = static_cast<std::size_t>(point - kFailPoints.begin());
  return {};
}

}  // namespace stream
