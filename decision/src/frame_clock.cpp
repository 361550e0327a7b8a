#include "frame_clock.hpp"

#include <chrono>
#include <limits>

namespace stream::decision {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t kYear2000 = 946'684'800LL * 1'000'000;
constexpr std::int64_t kDay = microseconds(std::chrono::hours(24)).count();
constexpr std::int64_t kLongestStep = microseconds(std::chrono::hours(1)).count();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

bool is_sane(std::int64_t timestamp_us, std::int64_t received_us) {
  // Written so that nothing overflows: a timestamp that gets to the subtraction is not negative.
  return timestamp_us >= kYear2000 && timestamp_us - kDay <= received_us;
}

std::int64_t step(const ClockState& last, std::int64_t timestamp_us, std::int64_t received_us) {
  if (is_sane(last.timestamp_us, last.received_us) && is_sane(timestamp_us, received_us)) {
    const auto by_timestamp = timestamp_us - last.timestamp_us;
    if (by_timestamp >= 0 && by_timestamp <= kLongestStep) return by_timestamp;
  }
  if (last.received_us < 0 || received_us < last.received_us) return 0;
  return received_us - last.received_us;
}

}  // namespace

FrameTime next_frame_time(ClockState& clock, std::int64_t timestamp_us, std::int64_t received_us) {
  if (clock.started) {
    const auto more = step(clock, timestamp_us, received_us);
    clock.running_us = more > kLast - clock.running_us ? kLast : clock.running_us + more;
  }
  clock.timestamp_us = timestamp_us;
  clock.received_us = received_us;
  clock.started = true;
  return {is_sane(timestamp_us, received_us) ? timestamp_us : received_us, clock.running_us};
}

}  // namespace stream::decision
