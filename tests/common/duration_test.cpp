#include "stream/common/duration.hpp"

#include <gtest/gtest.h>

namespace stream {
namespace {

using namespace std::chrono_literals;

TEST(Duration, AWholeNumberAndAUnitAreRead) {
  EXPECT_EQ(parse_duration("500ms").value(), 500ms);
  EXPECT_EQ(parse_duration("30s").value(), 30s);
  EXPECT_EQ(parse_duration("2m").value(), 2min);
  EXPECT_EQ(parse_duration("24h").value(), 24h);
  EXPECT_EQ(parse_duration("0s").value(), 0s);
}

TEST(Duration, AnythingElseSaysWhatWasFoundAndExpected) {
  for (const char* text : {"", "s", "30", "-1s", "+1s", "1.5s", "30 s", "30S", "30sec",
                           "99999999999999999999s", "9223372036854775807h", " 30s"}) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(read.error().message,
              "found \"" + std::string(text) + "\", expected 0s to 24h, a whole number of ms, s, m or h");
  }
}

TEST(Duration, BoundsBelongToTheRange) {
  const DurationRange range{1s, 10min};
  EXPECT_TRUE(parse_duration("1s", range));
  EXPECT_TRUE(parse_duration("1000ms", range));
  EXPECT_TRUE(parse_duration("600s", range));
  EXPECT_FALSE(parse_duration("999ms", range));
  EXPECT_FALSE(parse_duration("601s", range));
  EXPECT_EQ(parse_duration("1h", range).error().message,
            "found \"1h\", expected 1s to 10m, a whole number of ms, s, m or h");
}

TEST(Duration, TextIsReadAsWhatItWas) {
  for (const auto duration : {0ms, 1ms, 1500ms, 30000ms, 90000ms, 120000ms, 86400000ms}) {
    EXPECT_EQ(parse_duration(duration_text(duration)).value(), duration) << duration_text(duration);
  }
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(2min), "2m");
}

}  // namespace
}  // namespace stream
