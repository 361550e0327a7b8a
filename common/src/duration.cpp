#include "stream/common/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "stream/common/secrets.hpp"

namespace stream {
namespace {

// The larger ones first.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits = {
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::size_t kShownBytes = 40;

tl::unexpected<Error> refuse(std::string_view text, const DurationRange& range) {
  return fail(ErrorCode::kInvalid, "found \"{}\", expected {} to {}, a whole number of ms, s, m or h",
              mask_secrets(std::string(text.substr(0, kShownBytes))), duration_text(range.min),
              duration_text(range.max));
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text, const DurationRange& range) {
  std::int64_t number = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, bad] = std::from_chars(text.data(), last, number);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  if (bad != std::errc{} || number < 0) return refuse(text, range);
  for (const auto& [name, in_ms] : kUnits) {
    if (unit != name) continue;
    if (number > range.max.count() / in_ms || number * in_ms < range.min.count()) return refuse(text, range);
    return std::chrono::milliseconds(number * in_ms);
  }
  return refuse(text, range);
}

std::string duration_text(std::chrono::milliseconds duration) {
  for (const auto& [name, in_ms] : kUnits) {
    if (duration.count() != 0 && duration.count() % in_ms == 0) {
      return fmt::format("{}{}", duration.count() / in_ms, name);
    }
  }
  return "0s";
}

}  // namespace stream
