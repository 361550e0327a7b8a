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
      "object": {"from": "sub_objects", "key": "label"}, "rules": {"seen": {"in_frames": 1}},
      "event": {"crop": "sub_object", "extend": [{"name": "VehicleLicense", "from": "/label"}]},
      "labels": ["person", "bicycle"], "tables": {"t": {"0": "no"}}})");
  ASSERT_TRUE(rules) << rules.error().message;
  const ExtendEntry plate{
      "VehicleLicense", manifest::JsonPath::parse("/label").value(), {}, {}, manifest::ValueFormat::kJson, 0};
  const Rules expected{ObjectList::kSubObjects, ObjectKey::kLabel,     EventPicture::kSubObject, {plate},
                       {"person", "bicycle"},   {{"t", {{"0", "no"}}}}};
  EXPECT_EQ(*rules, expected);
}

TEST(Rules, AllButTheObjectMayBeAbsent) {
  const auto rules = read_rules(R"({"object": {"from": "tracks", "key": "track_id"}})");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ(rules->picture, EventPicture::kSquare);
  EXPECT_TRUE(rules->extend.empty());
}

TEST(Rules, WrongTextsAreErrorsWithThePath) {
  EXPECT_EQ(error_of("{}"), "/object: found nothing, expected an object");
  EXPECT_EQ(error_of(R"({"object": {"from": "detections", "key": "track_id"}})"),
            "/object/key: found \"track_id\", expected one of class, label, position, index");
  EXPECT_NE(error_of("").find("JSON"), std::string::npos);
}

}  // namespace
}  // namespace stream::logic
