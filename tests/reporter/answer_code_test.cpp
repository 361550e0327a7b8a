#include "answer_code.hpp"

#include <gtest/gtest.h>

namespace stream::reporter {
namespace {

bool refused(std::string_view body) {
  return read_answer_code(body).refused;
}

TEST(AnswerCode, OnlyANumberOtherThanZeroRefuses) {
  EXPECT_TRUE(refused(R"({"code":-1})"));
  EXPECT_TRUE(refused(R"({"Code":1})"));
  EXPECT_TRUE(refused(R"({"code":0.5})"));
  EXPECT_TRUE(refused(R"({"code":"-1"})"));
  EXPECT_FALSE(refused(R"({"code":0})"));
  EXPECT_FALSE(refused(R"({"code":0.0})"));
  EXPECT_FALSE(refused(R"({"code":"0"})"));
  EXPECT_FALSE(refused(R"({"code":"success"})"));
  EXPECT_FALSE(refused(R"({"code":null})"));
  EXPECT_FALSE(refused(R"({"errorcode":7})"));
}

TEST(AnswerCode, OnlyTheOutermostObjectCounts) {
  EXPECT_FALSE(refused(R"({"data":{"code":7},"code":0})"));
  EXPECT_FALSE(refused(R"([{"code":7}])"));
  EXPECT_FALSE(refused(R"({"data":[7,8],"list":{"code":1}})"));
  EXPECT_TRUE(refused(R"({"data":{"x":[1,{"y":2}]},"code":7})"));
}

TEST(AnswerCode, WhatIsNoJsonSaysNothing) {
  for (const auto* body : {"", "ok", "<html>code: 7</html>", "{", "{\"code\":", "7", "\xff\xfe"}) {
    EXPECT_FALSE(refused(body)) << body;
  }
}

TEST(AnswerCode, AnAnswerThatWasCutStillShowsItsCode) {
  EXPECT_TRUE(refused(R"({"code":-1,"data":"xxxxxxxx)"));
}

TEST(AnswerCode, DeepNestingIsHarmless) {
  EXPECT_FALSE(refused(std::string(1 << 20, '[')));
}

TEST(AnswerCode, ReadsTheMessage) {
  EXPECT_EQ(read_answer_code(R"({"code":-1,"msg":"参数错误"})").message, "参数错误");
  EXPECT_EQ(read_answer_code(R"({"Msg":"no","Code":-1})").message, "no");
}

TEST(Excerpt, IsOneLineOfValidTextWithoutPasswords) {
  EXPECT_EQ(excerpt("{\"a\":\n\t\"b\"}"), "{\"a\":  \"b\"}");
  EXPECT_EQ(excerpt("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(excerpt("rtsp://u:secret@h/"), "rtsp://u:***@h/");
}

TEST(Excerpt, IsCutBetweenCharacters) {
  std::string long_text = "x";
  for (int i = 0; i < 100; ++i) long_text += "错";
  const auto start = excerpt(long_text);
  EXPECT_LT(start.size(), 210U);
  EXPECT_TRUE(start.ends_with("错..."));
}

TEST(RetryAfter, IsSecondsOrADateAndAtMostFiveMinutes) {
  using std::chrono::seconds;
  constexpr std::int64_t kNow = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(read_retry_after("7", "", kNow), seconds(7));
  EXPECT_EQ(read_retry_after("301", "", kNow), seconds(300));
  EXPECT_EQ(read_retry_after("99999999999999999999999", "", kNow), seconds(300));
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", "", kNow), seconds(60));
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:40:00 GMT", "", kNow), seconds(0));
  EXPECT_EQ(read_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", "", kNow), seconds(300));
}

TEST(RetryAfter, DateIsMeantByTheReceiversClock) {
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:50:07 GMT", 0),
            std::chrono::seconds(30));
}

TEST(RetryAfter, AnythingElseIsNothing) {
  for (const char* text : {"", "-5", "soon", "7 seconds", "Sun, 06 Nov", "1e3", "0"}) {
    EXPECT_EQ(read_retry_after(text, "", 0), std::chrono::seconds(0)) << text;
  }
}

}  // namespace
}  // namespace stream::reporter
