#include <gtest/gtest.h>

#include "rest_client.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;

std::string failure(int status, const std::string& body) {
  const auto answer = read_json_answer(status, body);
  return answer ? "read" : answer.error().message;
}

TEST(ReadJsonAnswer, GoodAnswersAreTheirJson) {
  EXPECT_EQ(read_json_answer(200, R"({"a":1})").value(), (json{{"a", 1}}));
  EXPECT_EQ(read_json_answer(201, "{}").value(), json::object());
  EXPECT_EQ(read_json_answer(200, "[]", json::value_t::array).value(), json::array());
}

TEST(ReadJsonAnswer, ProblemsAreTheirDetailWithACode) {
  const std::string body = R"({"type":"about:blank","status":0,"detail":"why"})";
  for (const auto& [status, code] : {std::pair{400, ErrorCode::kInvalid},
                                     {401, ErrorCode::kInvalid},
                                     {404, ErrorCode::kNotFound},
                                     {409, ErrorCode::kConflict},
                                     {500, ErrorCode::kInternal},
                                     {503, ErrorCode::kUnavailable}}) {
    const auto answer = read_json_answer(status, body);
    ASSERT_FALSE(answer) << status;
    EXPECT_EQ(answer.error().code, code) << status;
    EXPECT_EQ(answer.error().message, "why");
  }
}

TEST(ReadJsonAnswer, AnythingElseIsNoApiNode) {
  EXPECT_EQ(failure(200, "<html>"), "found HTTP status 200 and 6 bytes, expected 200 and an object");
  EXPECT_EQ(failure(200, "[]"), "found HTTP status 200 and 2 bytes, expected 200 and an object");
  EXPECT_EQ(failure(502, "{}"), "found HTTP status 502 and 2 bytes, expected 200 and an object");
  EXPECT_EQ(failure(400, R"({"detail":7})"),
            "found HTTP status 400 and 12 bytes, expected 200 and an object");
}

}  // namespace
}  // namespace stream::cli
