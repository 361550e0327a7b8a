// When a task is to alarm: on some days of the week, at some times of the day, where the camera stands.
//
// A range that ends before it begins goes on past midnight and belongs to the day on which it begins: Friday,
// 22:00-06:00, is open on Saturday at 05:59. Time zones are those of the system's IANA database, summer time
// included; times are what clocks on the wall show.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace date {
class time_zone;
}

namespace stream::decision {

// Seconds of the day; begin belongs to it, end does not.
struct DayRange {
  std::int32_t begin_s = 0;    // 0 to 86399
  std::int32_t end_s = 86400;  // 0 to 86400; not begin_s
  bool operator==(const DayRange&) const = default;
};

struct ScheduleSpec {
  std::array<bool, 7> weekdays = {true, true, true, true, true, true, true};  // Monday first
  std::vector<DayRange> ranges;                                               // none: the whole day
  std::string time_zone = "UTC";                                              // as in "Asia/Shanghai"
  bool operator==(const ScheduleSpec&) const = default;
};

// Immutable.
class Schedule {
 public:
  // kInvalid: an unknown time zone, or a range that is none. Names the member.
  static Result<Schedule> from(ScheduleSpec spec);

  bool is_open(std::int64_t unix_us) const;
  // The time there, for people: "Fri 22:00:05 Asia/Shanghai".
  std::string local_time(std::int64_t unix_us) const;

 private:
  Schedule(ScheduleSpec spec, const date::time_zone* zone) : spec_(std::move(spec)), zone_(zone) {}

  ScheduleSpec spec_;
  const date::time_zone* zone_;  // of the database, which lives as long as the process
};

}  // namespace stream::decision
