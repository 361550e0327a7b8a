// Spans of time as people write them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream {

// Inclusive bounds.
struct DurationRange {
  std::chrono::milliseconds min{0};
  std::chrono::milliseconds max{std::chrono::hours(24)};
};

// "500ms", "30s", "2m", "1h": a whole number and a unit. kInvalid with what was found and what was expected.
Result<std::chrono::milliseconds> parse_duration(std::string_view text, const DurationRange& range = {});

// The same way round, in the largest unit that needs no fraction: "90s", "2m".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace stream
