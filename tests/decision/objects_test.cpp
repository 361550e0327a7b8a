#include "stream/decision/objects.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace stream::decision {
namespace {

using manifest::ObjectKey;
using manifest::ObjectList;
using Keys = std::vector<std::string>;

constexpr auto kMin = std::numeric_limits<std::int32_t>::min();
constexpr auto kMax = std::numeric_limits<std::int32_t>::max();

manifest::ExtendEntry entry(const std::string& name, const std::string& from, int digits = -1) {
  manifest::ExtendEntry entry{
      name, manifest::JsonPath::parse(from).value(), {}, {}, manifest::ValueFormat::kJson, 0};
  if (digits >= 0) {
    entry.format = manifest::ValueFormat::kNumber;
    entry.digits = digits;
  }
  return entry;
}

manifest::LogicPart part_for(ObjectList from, ObjectKey key) {
  manifest::LogicPart part;
  part.object = {from, key};
  return part;
}

std::string extend_of_object(const FrameMeta& frame, const manifest::LogicPart& part, std::size_t object) {
  return extend_of(frame, part, {object, keys_in(frame, part.object)[object]});
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
  const auto part = part_for(ObjectList::kSubObjects, ObjectKey::kLabel);
  EXPECT_EQ(keys_in(frame, part.object), (Keys{"沪F8175C", ""}));
  EXPECT_EQ(box_of(frame, part.object, 1), (Box{5, 6, 7, 8}));
}

TEST(Objects, TracksAreKnownByTheirId) {
  auto frame = frame_with({{{1, 2, 3, 4}, 0, "", 0.5F}});
  frame.track_ids = {-7};
  const auto part = part_for(ObjectList::kTracks, ObjectKey::kTrackId);
  EXPECT_EQ(keys_in(frame, part.object), Keys{"-7"});
  EXPECT_EQ(box_of(frame, part.object, 0), (Box{1, 2, 3, 4}));
}

TEST(Objects, ListsOfUnequalLengthAreNotMatched) {
  auto frame = frame_with({{{1, 2, 3, 4}, 7, "", 0.5F}});
  frame.track_ids = {1, 2, 3};
  auto part = part_for(ObjectList::kTracks, ObjectKey::kTrackId);
  part.event.extend = {entry("id", "/track_id"), entry("类别", "/class_name"), entry("置信度", "/score", 4)};
  EXPECT_EQ(keys_in(frame, part.object), (Keys{"1", "2", "3"}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(detection_of(frame, part.object, i), nullptr);
    EXPECT_EQ(box_of(frame, part.object, i), std::nullopt);
  }
  EXPECT_EQ(extend_of_object(frame, part, 2), R"({"id":3})");
}

TEST(Objects, ClassNameComesFromTheRulesThenTheFrameThenTheNumber) {
  const auto frame =
      frame_with({{{}, 1, "sent", 0.25F}, {{}, 2, "sent", 0.25F}, {{}, 3, "", 0.25F}, {{}, -1, "", 0.25F}});
  auto part = part_for(ObjectList::kDetections, ObjectKey::kClass);
  part.labels = {"person", "bicycle"};
  part.event.extend = {entry("类别", "/class_name"), entry("label", "/label")};
  EXPECT_EQ(keys_in(frame, part.object), (Keys{"1", "2", "3", "-1"}));
  EXPECT_EQ(extend_of_object(frame, part, 0), R"({"类别":"bicycle","label":"sent"})");
  EXPECT_EQ(extend_of_object(frame, part, 1), R"({"类别":"sent","label":"sent"})");
  EXPECT_EQ(extend_of_object(frame, part, 2), R"({"类别":"3"})");
  EXPECT_EQ(extend_of_object(frame, part, 3), R"({"类别":"-1"})");
}

TEST(Objects, ScoreIsARoundedNumber) {
  const auto frame = frame_with({{{}, 0, "", 0.9022226F}, {{}, 0, "", std::nanf("")}});
  auto part = part_for(ObjectList::kDetections, ObjectKey::kIndex);
  part.event.extend = {entry("置信度", "/score", 4)};
  EXPECT_EQ(extend_of_object(frame, part, 0), R"({"置信度":0.9022})");
  EXPECT_EQ(extend_of_object(frame, part, 1), "{}");
}

TEST(Objects, ExtendIsValidJsonWhateverTheLabel) {
  FrameMeta frame;
  frame.sub_objects = {{"a\"\\\n\xFF", true}};
  auto part = part_for(ObjectList::kSubObjects, ObjectKey::kLabel);
  part.event.extend = {entry("VehicleLicense", "/label")};
  EXPECT_EQ(extend_of_object(frame, part, 0), "{\"VehicleLicense\":\"a\\\"\\\\\\n\xEF\xBF\xBD\"}");
}

TEST(Objects, AllPosesAreOneObject) {
  FrameMeta frame;
  frame.poses.resize(2);
  EXPECT_EQ(keys_in(frame, part_for(ObjectList::kPoses, ObjectKey::kClass).object), (Keys{"pose", "pose"}));
}

TEST(Objects, BoxOfAPoseIsAroundThePointsThatWereFound) {
  auto frame = frame_with({});
  frame.poses = {{{0, 0, 0, 100.9F, 50.2F, 0.9F, 140, 90, 0.5F, 600, 400, 0.05F, std::nanf(""), 3, 0.9F, 5}},
                 {{2, 3, 0.9F, 635, 478, 0.9F}},
                 {{1, 1, 0}}};
  const auto part = part_for(ObjectList::kPoses, ObjectKey::kClass);
  EXPECT_EQ(box_of(frame, part.object, 0), (Box{90, 40, 60, 60}));
  EXPECT_EQ(box_of(frame, part.object, 1), (Box{0, 0, 639, 479}));
  EXPECT_EQ(box_of(frame, part.object, 2), std::nullopt);
}

TEST(Objects, FacesHaveBoxAndScore) {
  FrameMeta frame;
  frame.faces = {{{1, 2, 3, 4}, 0.75F, {}, {}}};
  auto part = part_for(ObjectList::kFaces, ObjectKey::kIndex);
  part.event.extend = {entry("置信度", "/score", 4), entry("类别", "/class_name")};
  EXPECT_EQ(keys_in(frame, part.object), Keys{"0"});
  EXPECT_EQ(box_of(frame, part.object, 0), (Box{1, 2, 3, 4}));
  EXPECT_EQ(extend_of_object(frame, part, 0), R"({"置信度":0.75})");
}

TEST(Objects, EdgesOfAnyBoxFitAnInt32) {
  const auto frame = frame_with({{{kMax, kMax, kMax, kMax}, 0, "", 0},
                                 {{kMin, kMin, kMax, kMin}, 0, "", 0},
                                 {{5, 5, -9, 4}, 0, "", 0}});
  const auto part = part_for(ObjectList::kDetections, ObjectKey::kClass);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto box = box_of(frame, part.object, i).value();
    EXPECT_GE(box.width, 0);
    EXPECT_GE(box.height, 0);
    EXPECT_LE(std::int64_t{box.x} + box.width, kMax);
    EXPECT_LE(std::int64_t{box.y} + box.height, kMax);
  }
  EXPECT_EQ(box_of(frame, part.object, 2), (Box{5, 5, 0, 4}));
}

TEST(Objects, KeysAreBounded) {
  FrameMeta frame;
  frame.sub_objects = {{std::string(100000, 'x'), false}};
  EXPECT_EQ(keys_in(frame, part_for(ObjectList::kSubObjects, ObjectKey::kLabel).object)[0].size(), 256U);
}

}  // namespace
}  // namespace stream::decision
