#include "rules.hpp"

#include <gtest/gtest.h>

namespace stream::logic {
namespace {

std::string error_of(std::string_view text) {
  const auto rules = read_rules(text);
  EXPECT_FALSE(rules) << text;
  if (rules) return {};
  EXPECT_EQ(rules.error().code, ErrorCode::kInvalid);
  return rules.error().message;
}

TEST(Rules, WholeTextIsRead) {
  const auto rules = read_rules(R"({
      "object": {"from": "sub_objects", "key": "label"},
      "event": {"picture": "sub_object", "extend": [{"name": "VehicleLicense", "value": "label"},
                                                    {"name": "置信度", "value": "score"}]},
      "labels": ["person", "bicycle"]})");
  ASSERT_TRUE(rules) << rules.error().message;
  const Rules expected{ObjectList::kSubObjects,
                       ObjectKey::kLabel,
                       EventPicture::kSubObject,
                       {{"VehicleLicense", ExtendValue::kLabel}, {"置信度", ExtendValue::kScore}},
                       {"person", "bicycle"}};
  EXPECT_EQ(*rules, expected);
}

TEST(Rules, EventAndLabelsMayBeAbsent) {
  const auto rules = read_rules(R"({"object": {"from": "tracks", "key": "track_id"}})");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ(rules->picture, EventPicture::kSquare);
  EXPECT_TRUE(rules->extend.empty());
}

TEST(Rules, ErrorSaysWhereWhatAndWhatInstead) {
  EXPECT_EQ(error_of(R"({"object": {"from": "detections", "key": "track_id"}})"),
            "/object/key: found \"track_id\", expected class or label or index");
  EXPECT_EQ(
      error_of(
          R"({"object": {"from": "tracks", "key": "track_id"}, "event": {"extend": [{"name": "x", "value": 3}]}})"),
      "/event/extend/0/value: found 3, expected label or track_id or class_name or score");
}

TEST(Rules, WrongTextsAreErrorsWithThePath) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "not JSON"},
      {"[]", "expected an object"},
      {"{}", "/object: not there"},
      {R"({"object": 1})", "/object: found 1"},
      {R"({"object": {"key": "class"}})", "/object/from: not there"},
      {R"({"object": {"from": "detections"}})", "/object/key: not there"},
      {R"({"object": {"from": "things", "key": "class"}})", "/object/from: found \"things\""},
      {R"({"object": {"from": null, "key": "class"}})", "/object/from: found null"},
      {R"({"object": {"from": "poses", "key": "class", "x": 1}})", "/object/x: found 1"},
      {R"({"object": {"from": "poses", "key": "class"}, "evnt": {}})", "/evnt: found {}"},
      {R"({"object": {"from": "poses", "key": "class"}, "event": []})", "/event: found []"},
      {R"({"object": {"from": "poses", "key": "class"}, "event": {"picture": "sub_object"}})",
       "/event/picture"},
      {R"({"object": {"from": "poses", "key": "class"}, "event": {"extend": {}}})",
       "/event/extend: found {}"},
      {R"({"object": {"from": "poses", "key": "class"}, "event": {"extend": [{"value": "score"}]}})",
       "/event/extend/0/name: not there"},
      {R"({"object": {"from": "poses", "key": "class"}, "event": {"extend": [{"name": "", "value": "score"}]}})",
       "/event/extend/0/name: found \"\""},
      {R"({"object": {"from": "poses", "key": "class"}, "labels": ["a", 2]})", "/labels/1: found 2"},
      {R"({"object": {"from": "poses", "key": "class"}, "labels": "a"})", "/labels: found \"a\""},
  };
  for (const auto& [text, expected] : cases) {
    const auto message = error_of(text);
    EXPECT_NE(message.find(expected), std::string::npos) << text << " gives " << message;
  }
}

TEST(Rules, LongValuesAreCutInErrors) {
  EXPECT_LT(error_of(R"({"object": ")" + std::string(10000, 'x') + "\"}").size(), 200U);
}

}  // namespace
}  // namespace stream::logic
