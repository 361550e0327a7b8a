#include <gtest/gtest.h>

#include "rest_client.hpp"

namespace stream::cli {
namespace {

TEST(ReadAnswer, TakesCodeMessageAndResult) {
  const auto answer = read_answer(200, R"({"Code":1,"Msg":"stopped","Result":{"TaskID":"a"}})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, 1);
  EXPECT_EQ(answer->message, "stopped");
  EXPECT_EQ(answer->result["TaskID"], "a");
}

TEST(ReadAnswer, MessageAndResultMayBeMissing) {
  const auto answer = read_answer(200, R"({"Code":0})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->message, "");
  EXPECT_TRUE(answer->result.is_null());
}

TEST(ReadAnswer, AnythingElseIsNotTheContract) {
  EXPECT_FALSE(read_answer(503, R"({"Code":0})"));
  EXPECT_FALSE(read_answer(200, "<html>"));
  EXPECT_FALSE(read_answer(200, "[]"));
  EXPECT_FALSE(read_answer(200, R"({"Code":"0"})"));
  EXPECT_FALSE(read_answer(200, R"({"Msg":"ok"})"));
}

}  // namespace
}  // namespace stream::cli
