#include "objects.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace stream::logic {
namespace {

using Keys = std::vector<std::string>;

constexpr auto kMin = std::numeric_limits<std::int32_t>::min();
constexpr auto kMax = std::numeric_limits<std::int32_t>::max();

ExtendEntry entry(const std::string& name, const std::string& from, int digits = -1) {
  ExtendEntry entry{name, manifest::JsonPath::parse(from).value(), {}, {}, manifest::ValueFormat::kJson, 0};
  if (digits >= 0) {
    entry.format = manifest::ValueFormat::kNumber;
    entry.digits = digits;
  }
  return entry;
}

Rules rules_for(ObjectList from, ObjectKey key) {
  Rules rules;
  rules.from = from;
  rules.key = key;
  return rules;
}

FrameMeta frame_with(std::vector<Detection> detections) {
  FrameMeta frame;
  frame.width = 640;
  frame.height = 480;
  frame.detections = std::move(detections);
  return frame;
}

TEST(Objects, PlatesAreKnownByTheirLabel) {
  auto frame = frame_with({{{1, 2, 3, 4}, 0, "", 0.5F}, {{5, 6, 7, 8}, 0, "", 0.5F}});
  frame.sub_objects = {{"沪F8175C", true}, {"", true}};
  const auto rules = rules_for(ObjectList::kSubObjects, ObjectKey::kLabel);
  EXPECT_EQ(keys_in(frame, rules), (Keys{"沪F8175C", ""}));
  EXPECT_EQ(box_of(frame, rules, 1), (Box{5, 6, 7, 8}));
}

TEST(Objects, TracksAreKnownByTheirId) {
  auto frame = frame_with({{{1, 2, 3, 4}, 0, "", 0.5F}});
  frame.track_ids = {-7};
  const auto rules = rules_for(ObjectList::kTracks, ObjectKey::kTrackId);
  EXPECT_EQ(keys_in(frame, rules), Keys{"-7"});
  EXPECT_EQ(box_of(frame, rules, 0), (Box{1, 2, 3, 4}));
}

TEST(Objects, ListsOfUnequalLengthAreNotMatched) {
  auto frame = frame_with({{{1, 2, 3, 4}, 7, "", 0.5F}});
  frame.track_ids = {1, 2, 3};
  auto rules = rules_for(ObjectList::kTracks, ObjectKey::kTrackId);
  rules.extend = {entry("id", "/track_id"), entry("类别", "/class_name"), entry("置信度", "/score", 4)};
  EXPECT_EQ(keys_in(frame, rules), (Keys{"1", "2", "3"}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(detection_of(frame, rules, i), nullptr);
    EXPECT_EQ(box_of(frame, rules, i), std::nullopt);
  }
  EXPECT_EQ(extend_of(frame, rules, 2), R"({"id":3})");
}

TEST(Objects, ClassNameComesFromTheRulesThenTheFrameThenTheNumber) {
  const auto frame =
      frame_with({{{}, 1, "sent", 0.25F}, {{}, 2, "sent", 0.25F}, {{}, 3, "", 0.25F}, {{}, -1, "", 0.25F}});
  auto rules = rules_for(ObjectList::kDetections, ObjectKey::kClass);
  rules.labels = {"person", "bicycle"};
  rules.extend = {entry("类别", "/class_name"), entry("label", "/label")};
  EXPECT_EQ(keys_in(frame, rules), (Keys{"1", "2", "3", "-1"}));
  EXPECT_EQ(extend_of(frame, rules, 0), R"({"类别":"bicycle","label":"sent"})");
  EXPECT_EQ(extend_of(frame, rules, 1), R"({"类别":"sent","label":"sent"})");
  EXPECT_EQ(extend_of(frame, rules, 2), R"({"类别":"3"})");
  EXPECT_EQ(extend_of(frame, rules, 3), R"({"类别":"-1"})");
}

TEST(Objects, ScoreIsARoundedNumber) {
  const auto frame = frame_with({{{}, 0, "", 0.9022226F}, {{}, 0, "", std::nanf("")}});
  auto rules = rules_for(ObjectList::kDetections, ObjectKey::kIndex);
  rules.extend = {entry("置信度", "/score", 4)};
  EXPECT_EQ(extend_of(frame, rules, 0), R"({"置信度":0.9022})");
  EXPECT_EQ(extend_of(frame, rules, 1), "{}");
}

TEST(Objects, ExtendIsValidJsonWhateverTheLabel) {
  FrameMeta frame;
  frame.sub_objects = {{"a\"\\\n\xFF", true}};
  auto rules = rules_for(ObjectList::kSubObjects, ObjectKey::kLabel);
  rules.extend = {entry("VehicleLicense", "/label")};
  EXPECT_EQ(extend_of(frame, rules, 0), "{\"VehicleLicense\":\"a\\\"\\\\\\n\xEF\xBF\xBD\"}");
}

TEST(Objects, AllPosesAreOneObject) {
  FrameMeta frame;
  frame.poses.resize(2);
  EXPECT_EQ(keys_in(frame, rules_for(ObjectList::kPoses, ObjectKey::kClass)), (Keys{"pose", "pose"}));
}

TEST(Objects, BoxOfAPoseIsAroundThePointsThatWereFound) {
  auto frame = frame_with({});
  frame.poses = {{{0, 0, 0, 100.9F, 50.2F, 0.9F, 140, 90, 0.5F, 600, 400, 0.05F, std::nanf(""), 3, 0.9F, 5}},
                 {{2, 3, 0.9F, 635, 478, 0.9F}},
                 {{1, 1, 0}}};
  const auto rules = rules_for(ObjectList::kPoses, ObjectKey::kClass);
  EXPECT_EQ(box_of(frame, rules, 0), (Box{90, 40, 60, 60}));
  EXPECT_EQ(box_of(frame, rules, 1), (Box{0, 0, 639, 479}));
  EXPECT_EQ(box_of(frame, rules, 2), std::nullopt);
}

TEST(Objects, FacesHaveBoxAndScore) {
  FrameMeta frame;
  frame.faces = {{{1, 2, 3, 4}, 0.75F, {}, {}}};
  auto rules = rules_for(ObjectList::kFaces, ObjectKey::kIndex);
  rules.extend = {entry("置信度", "/score", 4), entry("类别", "/class_name")};
  EXPECT_EQ(keys_in(frame, rules), Keys{"0"});
  EXPECT_EQ(box_of(frame, rules, 0), (Box{1, 2, 3, 4}));
  EXPECT_EQ(extend_of(frame, rules, 0), R"({"置信度":0.75})");
}

TEST(Objects, EdgesOfAnyBoxFitAnInt32) {
  const auto frame = frame_with({{{kMax, kMax, kMax, kMax}, 0, "", 0},
                                 {{kMin, kMin, kMax, kMin}, 0, "", 0},
                                 {{5, 5, -9, 4}, 0, "", 0}});
  const auto rules = rules_for(ObjectList::kDetections, ObjectKey::kClass);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto box = box_of(frame, rules, i).value();
    EXPECT_GE(box.width, 0);
    EXPECT_GE(box.height, 0);
    EXPECT_LE(std::int64_t{box.x} + box.width, kMax);
    EXPECT_LE(std::int64_t{box.y} + box.height, kMax);
  }
  EXPECT_EQ(box_of(frame, rules, 2), (Box{5, 5, 0, 4}));
}

TEST(Objects, KeysAreBounded) {
  FrameMeta frame;
  frame.sub_objects = {{std::string(100000, 'x'), false}};
  EXPECT_EQ(keys_in(frame, rules_for(ObjectList::kSubObjects, ObjectKey::kLabel))[0].size(), 256U);
}

}  // namespace
}  // namespace stream::logic
