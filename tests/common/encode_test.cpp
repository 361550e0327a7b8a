#include "stream/common/encode.hpp"

#include <gtest/gtest.h>

#include <set>

namespace stream {
namespace {

TEST(EncodeName, KeepsPlainNames) {
  EXPECT_EQ(encode_name("cam1"), "cam1");
  EXPECT_EQ(encode_name("a.b-c_d"), "a.b-c_d");
}

TEST(EncodeName, LeavesNothingThatAPathATopicOrAUrlWouldRead) {
  EXPECT_EQ(encode_name("../esc"), "%2E.%2Fesc");
  EXPECT_EQ(encode_name("."), "%2E");
  EXPECT_EQ(encode_name(".."), "%2E.");
  EXPECT_EQ(encode_name("a?b#c"), "a%3Fb%23c");
  EXPECT_EQ(encode_name("x%20y"), "x%2520y");
  EXPECT_EQ(encode_name("a\\b c"), "a%5Cb%20c");
  EXPECT_EQ(encode_name("任务1"), "%E4%BB%BB%E5%8A%A11");
}

TEST(EncodeName, MakesOneLevelEvenOfNothing) {
  EXPECT_EQ(encode_name(""), "%");
  EXPECT_EQ(encode_name("%"), "%25");
}

TEST(EncodeName, KeepsLongNamesShortAndApart) {
  std::string name;
  for (int i = 0; i < 200; ++i) name += "任";
  std::set<std::string> seen;
  for (const char* end : {"", "1", "2", "~"}) {
    const std::string encoded = encode_name(name + end);
    EXPECT_EQ(encoded.size(), 120U);
    EXPECT_TRUE(seen.insert(encoded).second) << encoded;
  }
  // A short name cannot look like a shortened long one: '~' is itself encoded.
  EXPECT_EQ(encode_name("a~b"), "a%7Eb");
}

TEST(CountCodePoints, CountsCharactersNotBytes) {
  EXPECT_EQ(count_code_points(""), 0U);
  EXPECT_EQ(count_code_points("任务1"), 3U);
  EXPECT_EQ(count_code_points("\xF0\x9F\x9A\x97"), 1U);
}

TEST(CountCodePoints, RefusesWhatIsNotUtf8) {
  for (const char* text :
       {"\xC0\x80", "\xED\xA0\x80", "\xE4\xBB", "\x80", "\xF5\x80\x80\x80", "\xE0\x80\x80"}) {
    EXPECT_EQ(count_code_points(text), std::string_view::npos);
  }
}

}  // namespace
}  // namespace stream
