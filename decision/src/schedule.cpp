#include "schedule.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>
#include <tuple>
#include <utility>

namespace stream::decision {
namespace {

constexpr std::int32_t kDay = 86400;
constexpr std::int64_t kYear2200 = 7'258'118'400LL * 1'000'000;
constexpr std::array<std::string_view, 7> kNames = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

struct Local {
  std::size_t weekday;  // Monday is 0
  std::int32_t second;  // of the day
};

Local local(const date::time_zone& zone, std::int64_t unix_us) {
  // What lies before 1970 or after 2200 is no frame's time; nearer, the calendar cannot overflow.
  const date::sys_time<std::chrono::microseconds> at{
      std::chrono::microseconds(std::clamp<std::int64_t>(unix_us, 0, kYear2200))};
  const auto there = zone.to_local(date::floor<std::chrono::seconds>(at));
  const auto day = date::floor<date::days>(there);
  return {date::weekday(day).iso_encoding() - 1, static_cast<std::int32_t>((there - day).count())};
}

}  // namespace

Result<Schedule> Schedule::from(ScheduleSpec spec) {
  for (std::size_t i = 0; i < spec.ranges.size(); ++i) {
    const auto& [begin, end] = spec.ranges[i];
    if (begin < 0 || begin >= kDay || end < 0 || end > kDay || begin == end) {
      return fail(ErrorCode::kInvalid,
                  "ranges[{}]: found {} s to {} s, expected two different times of a day", i, begin, end);
    }
  }
  try {
    const auto* zone = date::locate_zone(spec.time_zone);
    std::ignore = zone->get_info(date::sys_seconds{});  // reads its file: a damaged one shows now
    return Schedule(std::move(spec), zone);
  } catch (const std::exception&) {
    return fail(ErrorCode::kInvalid, "time_zone: found \"{}\", expected a name such as Asia/Shanghai",
                spec.time_zone);
  }
}

bool Schedule::is_open(std::int64_t unix_us) const {
  const auto [today, second] = local(*zone_, unix_us);
  const auto yesterday = (today + 6) % 7;
  if (spec_.ranges.empty()) return spec_.weekdays[today];
  return std::any_of(spec_.ranges.begin(), spec_.ranges.end(),
                     [&, today = today, second = second](const auto& r) {
                       if (r.begin_s < r.end_s)
                         return spec_.weekdays[today] && r.begin_s <= second && second < r.end_s;
                       return (spec_.weekdays[today] && r.begin_s <= second) ||
                              (spec_.weekdays[yesterday] && second < r.end_s);
                     });
}

std::string Schedule::local_time(std::int64_t unix_us) const {
  const auto [weekday, second] = local(*zone_, unix_us);
  return fmt::format("{} {:02}:{:02}:{:02} {}", kNames[weekday], second / 3600, second / 60 % 60, second % 60,
                     spec_.time_zone);
}

}  // namespace stream::decision
