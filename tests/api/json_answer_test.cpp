#include "json_answer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace stream::api {
namespace {

using nlohmann::json;

std::string taken_apart(std::string_view text) {
  const auto faults = faults_in(text);
  return faults.size() == 1 ? faults[0].where + "|" + faults[0].found + "|" + faults[0].expected : "nothing";
}

TEST(FaultsIn, AnErrorAboutInputIsTakenApart) {
  EXPECT_EQ(taken_apart("/Algorithm/0/Type: found \"x\", expected an integer"),
            "/Algorithm/0/Type|\"x\"|an integer");
  EXPECT_EQ(taken_apart("found nothing, expected JSON text"), "|nothing|JSON text");
  EXPECT_EQ(taken_apart("a: b: found 1, expected 2 (did you mean \"3\"?)"), "a: b|1|2 (did you mean \"3\"?)");
}

TEST(FaultsIn, WhatWasFoundMayHoldTheWordsOfTheForm) {
  EXPECT_EQ(taken_apart("/a: found \"b: found c, expected d\", expected e"),
            "/a|\"b: found c, expected d\"|e");
}

TEST(FaultsIn, AnotherTextHasNone) {
  EXPECT_EQ(taken_apart(""), "nothing");
  EXPECT_EQ(taken_apart("the broker does not answer"), "nothing");
  EXPECT_EQ(taken_apart("found no task \"a\""), "nothing");
  EXPECT_EQ(taken_apart("an answer, expected soon"), "nothing");
}

TEST(Refused, StatusFollowsTheCode) {
  EXPECT_EQ(refused({ErrorCode::kInvalid, ""}).status, 400U);
  EXPECT_EQ(refused({ErrorCode::kNotFound, ""}).status, 404U);
  EXPECT_EQ(refused({ErrorCode::kConflict, ""}).status, 409U);
  EXPECT_EQ(refused({ErrorCode::kInternal, ""}).status, 500U);
  const auto away = refused({ErrorCode::kUnavailable, "the broker does not answer"});
  EXPECT_EQ(away.status, 503U);
  EXPECT_EQ(away.headers.at("Retry-After"), "1");
}

TEST(Refused, NoPasswordGetsOut) {
  const auto response = refused({ErrorCode::kInvalid, "/a: found \"rtsp://u:geheim@h/\", expected b"});
  EXPECT_EQ(response.body.find("geheim"), std::string::npos) << response.body;
  EXPECT_EQ(json::parse(response.body)["errors"][0]["found"], "\"rtsp://u:***@h/\"");
}

}  // namespace
}  // namespace stream::api
