#include "schedule.hpp"

#include <gmock/gmock.h>

namespace stream::decision {
namespace {

using ::testing::HasSubstr;

constexpr std::int32_t kHour = 3600;
constexpr std::int64_t kSecond = 1'000'000;
// Friday, 2024-03-29 00:00:00 UTC.
constexpr std::int64_t kFriday = 1'711'670'400 * kSecond;
constexpr std::int64_t kDay = 86'400 * kSecond;

std::int64_t friday(int hour, int minute = 0, int second = 0) {
  return kFriday + (hour * 3600LL + minute * 60 + second) * kSecond;
}

Schedule make(std::vector<DayRange> ranges, const std::string& zone = "UTC",
              std::array<bool, 7> weekdays = {true, true, true, true, true, true, true}) {
  return Schedule::from({weekdays, std::move(ranges), zone}).value();
}

constexpr std::array<bool, 7> kOnlyFriday = {false, false, false, false, true, false, false};

TEST(Schedule, BeginBelongsToARangeAndEndDoesNot) {
  const auto schedule = make({{8 * kHour, 17 * kHour}});
  EXPECT_FALSE(schedule.is_open(friday(8) - 1));
  EXPECT_TRUE(schedule.is_open(friday(8)));
  EXPECT_TRUE(schedule.is_open(friday(17) - 1));
  EXPECT_FALSE(schedule.is_open(friday(17)));
}

TEST(Schedule, AnyRangeOpens) {
  const auto schedule = make({{8 * kHour, 12 * kHour}, {13 * kHour, 24 * kHour}});
  EXPECT_TRUE(schedule.is_open(friday(9)));
  EXPECT_FALSE(schedule.is_open(friday(12, 30)));
  EXPECT_TRUE(schedule.is_open(friday(23, 59, 59)));
}

TEST(Schedule, WithoutRangesTheWholeDayIsOpen) {
  const auto schedule = make({}, "UTC", kOnlyFriday);
  EXPECT_FALSE(schedule.is_open(kFriday - 1));
  EXPECT_TRUE(schedule.is_open(kFriday));
  EXPECT_TRUE(schedule.is_open(kFriday + kDay - 1));
  EXPECT_FALSE(schedule.is_open(kFriday + kDay));
}

TEST(Schedule, RangeAcrossMidnightBelongsToTheDayOnWhichItBegins) {
  const auto schedule = make({{22 * kHour, 6 * kHour}}, "UTC", kOnlyFriday);
  EXPECT_FALSE(schedule.is_open(friday(5)));  // that would be Thursday's
  EXPECT_FALSE(schedule.is_open(friday(21, 59, 59)));
  EXPECT_TRUE(schedule.is_open(friday(22)));
  EXPECT_TRUE(schedule.is_open(friday(24 + 5, 59, 59)));
  EXPECT_FALSE(schedule.is_open(friday(24 + 6)));
  EXPECT_FALSE(schedule.is_open(friday(24 + 22)));
}

TEST(Schedule, SundayNightGoesOnIntoMonday) {
  const auto schedule =
      make({{22 * kHour, 6 * kHour}}, "UTC", {false, false, false, false, false, false, true});
  EXPECT_TRUE(schedule.is_open(friday(3 * 24 + 3)));
  EXPECT_FALSE(schedule.is_open(friday(2 * 24 + 3)));
}

TEST(Schedule, TimesAreThoseOfTheZone) {
  const auto schedule = make({{8 * kHour, 9 * kHour}}, "Asia/Shanghai", kOnlyFriday);
  EXPECT_TRUE(schedule.is_open(friday(0, 30)));
  EXPECT_FALSE(schedule.is_open(friday(8, 30)));
  EXPECT_EQ(schedule.local_time(friday(18)), "Sat 02:00:00 Asia/Shanghai");
}

TEST(Schedule, SummerTimeMovesTheRange) {
  // Clocks go forward on Sunday, 2024-03-31.
  const auto schedule = make({{8 * kHour, 9 * kHour}}, "Europe/Berlin");
  EXPECT_TRUE(schedule.is_open(friday(7, 30)));
  EXPECT_FALSE(schedule.is_open(friday(3 * 24 + 7, 30)));
  EXPECT_TRUE(schedule.is_open(friday(3 * 24 + 6, 30)));
}

TEST(Schedule, AnyTimeIsTaken) {
  const auto schedule = make({{8 * kHour, 9 * kHour}}, "America/New_York");
  EXPECT_FALSE(schedule.is_open(std::numeric_limits<std::int64_t>::min()));  // as 1970 begins
  EXPECT_FALSE(schedule.local_time(std::numeric_limits<std::int64_t>::max()).empty());
}

TEST(Schedule, UnknownZoneAndImpossibleRangeAreNamed) {
  const auto zone = Schedule::from({{}, {}, "Mars/Phobos"});
  ASSERT_FALSE(zone);
  EXPECT_THAT(zone.error().message, HasSubstr("Mars/Phobos"));
  for (const DayRange wrong : {DayRange{-1, 5}, DayRange{86400, 5}, DayRange{5, 86401}, DayRange{5, 5}}) {
    const auto range = Schedule::from({{}, {{0, 5}, wrong}, "UTC"});
    ASSERT_FALSE(range) << wrong.begin_s;
    EXPECT_THAT(range.error().message, HasSubstr("ranges[1]"));
  }
}

}  // namespace
}  // namespace stream::decision
