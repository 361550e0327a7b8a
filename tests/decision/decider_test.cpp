#include "stream/decision/decider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "manifest_rules.hpp"
#include "stream/decision/objects.hpp"

namespace stream::decision {
namespace {

using manifest::LogicPart;
using ::testing::HasSubstr;

LogicPart part_of(const std::string& text) {
  const auto part = manifest::parse_logic_part(text);
  EXPECT_TRUE(part) << part.error().message;
  return part.value_or(LogicPart{});
}

RuleSpec spec_of(const std::string& rules, const std::string& more = "") {
  return rule_spec_of(
             part_of(R"({"object": {"from": "detections", "key": "class"}, "rules": )" + rules + more + "}"),
             {2, 77})
      .value();
}

FrameMeta frame(std::int64_t id, std::vector<Detection> detections) {
  FrameMeta frame;
  frame.frame_id = id;
  frame.timestamp_us = 1'700'000'000'000'000 + id * 40'000;
  frame.received_us = frame.timestamp_us;
  frame.width = 640;
  frame.height = 480;
  frame.detections = std::move(detections);
  return frame;
}

TEST(Decider, WhatIsNotSaidIsOff) {
  RuleSpec expected;
  expected.sample_interval = 2;
  expected.max_objects = 77;
  EXPECT_EQ(spec_of("{}"), expected);
}

TEST(Decider, EveryRuleOfTheManifestIsTaken) {
  const auto spec = spec_of(R"({
      "anchor": "center", "drawn_on": {"width": 800, "height": 600},
      "seen": {"in_frames": 4, "out_frames": 9},
      "area": {"areas": [[{"x": 0, "y": 1}, {"x": 2, "y": 3}, {"x": 4, "y": 5}]], "min_overlap": 0.5},
      "line": {"lines": [{"start": {"x": 1, "y": 2}, "end": {"x": 3, "y": 4},
                          "direction_start": {"x": 5, "y": 6}, "direction_end": {"x": 7, "y": 8}}],
               "hysteresis_px": 7},
      "class": {"only": ["helmet", "5"]}, "size": {"min_px": 30, "max_px": 250},
      "threshold": {"others": 0.25, "by_class": {"helmet": 0.5, "7": 0.75}},
      "track_interval": {"frames": 6}, "alarm_interval": {"frames": 12},
      "stay": {"stay_s": 1.5, "leave_s": 2.25}, "count": {"min": 3},
      "schedule": {"weekdays": ["sat", "sun"], "ranges": [{"begin": "22:00", "end": "06:00"}],
                   "time_zone": "Asia/Shanghai"}})",
                            R"(, "labels": ["helmet", "head", "helmet"])");
  RuleSpec expected;
  expected.sample_interval = 2;
  expected.max_objects = 77;
  expected.anchor = Anchor::kCentre;
  expected.drawn = {800, 600};
  expected.in_frames = 4;
  expected.out_frames = 9;
  expected.areas = {{{0, 1}, {2, 3}, {4, 5}}};
  expected.min_overlap = 0.5;
  expected.lines = {{{1, 2}, {3, 4}, {5, 6}, {7, 8}}};
  expected.hysteresis_px = 7;
  expected.classes = {0, 2, 5};
  expected.size = SizeLimits{30, 250};
  expected.scores = ScoreLimits{0.25, {{0, 0.5}, {2, 0.5}, {7, 0.75}}};
  expected.track_interval = 6;
  expected.alarm_interval = 12;
  expected.stay_us = 1'500'000;
  expected.leave_us = 2'250'000;
  expected.min_count = 3;
  expected.schedule =
      ScheduleSpec{{false, false, false, false, false, true, true}, {{22 * 3600, 6 * 3600}}, "Asia/Shanghai"};
  EXPECT_EQ(spec, expected);
}

// Who can create a task can also decide on it.
TEST(Decider, TheLargestNumbersOfAManifestAreTaken) {
  const auto part =
      part_of(R"({"object": {"from": "detections", "key": "position", "iou_min": 1e-9}, "rules": {
      "drawn_on": {"width": 2147483647, "height": 2147483647},
      "seen": {"in_frames": 2147483647, "out_frames": 2147483647},
      "area": {"areas": [[{"x": -2147483648, "y": 2147483648}]], "min_overlap": 1},
      "line": {"lines": [{"start": {"x": -2147483648, "y": 0}, "end": {"x": 2147483648, "y": 0}}],
               "hysteresis_px": 1000000},
      "size": {"min_px": 2147483647, "max_px": 2147483647}, "threshold": {"others": 1},
      "track_interval": {"frames": 2147483647}, "alarm_interval": {"frames": 2147483647},
      "stay": {"stay_s": 604800, "leave_s": 604800}, "count": {"min": 2147483647}}})");
  const auto decider = Decider::make(part, {});
  EXPECT_TRUE(decider) << decider.error().message;
}

TEST(Decider, WhatCannotBeDecidedIsRefused) {
  const auto error = [](const LogicPart& part, DeciderOptions options = {}) {
    const auto decider = Decider::make(part, options);
    EXPECT_FALSE(decider);
    return decider ? "" : decider.error().message;
  };
  LogicPart part;
  EXPECT_THAT(error(part, {0}), HasSubstr("sample_interval: found 0"));
  EXPECT_THAT(error(part, {1, 0}), HasSubstr("max_objects"));
  part.rules.threshold = manifest::ThresholdRule{0, {{"99999999999", 0.5}}};
  EXPECT_THAT(error(part), HasSubstr("/rules/threshold/by_class: found 99999999999"));
  part.rules.threshold.reset();
  part.rules.of_class = manifest::ClassRule{{"hat"}};
  EXPECT_THAT(error(part), HasSubstr("/rules/class/only: found hat"));
  part.rules.of_class.reset();
  part.rules.schedule = manifest::ScheduleRule{{}, {}, "Nowhere"};
  EXPECT_THAT(error(part), HasSubstr("time_zone"));
}

TEST(Decider, ObjectsAreToldApartByPositionAndEventsSayWhatTheRulesFound) {
  const auto part = part_of(R"({
      "object": {"from": "detections", "key": "position"},
      "rules": {"seen": {"in_frames": 2}, "stay": {"stay_s": 0.04}, "count": {"min": 2},
                "area": {"areas": [[{"x": 0, "y": 0}, {"x": 0, "y": 9}, {"x": 9, "y": 0}],
                                   [{"x": 100, "y": 0}, {"x": 640, "y": 0}, {"x": 640, "y": 480}, {"x": 100, "y": 480}]]}},
      "event": {"extend": [{"name": "who", "from": "/key"}, {"name": "StayTime", "from": "/stay_s"},
                           {"name": "LeaveTime", "from": "/leave_s"}, {"name": "n", "from": "/count"},
                           {"name": "area", "from": "/area"}, {"name": "line", "from": "/line"}]}})");
  auto decider = Decider::make(part, {}).value();
  const Box left{120, 100, 40, 80}, right{400, 100, 40, 80};
  EXPECT_TRUE(decider.next_frame(frame(1, {{left, 0, "", 0.9F}, {right, 0, "", 0.9F}})).empty());
  const auto second = frame(2, {{right, 0, "", 0.9F}, {left, 0, "", 0.9F}});
  const auto alarms = decider.next_frame(second);
  ASSERT_EQ(alarms.size(), 2U);
  EXPECT_EQ(alarms[0].key, "2");
  EXPECT_EQ(alarms[1].key, "1");
  EXPECT_EQ(extend_of(second, part, alarms[0]),
            R"({"who":"2","StayTime":0.04,"LeaveTime":0.0,"n":2,"area":1})");
}

TEST(Decider, OneThatTakesOverGoesOn) {
  const auto part = part_of(R"({"object": {"from": "detections", "key": "class"}})");
  auto first = Decider::make(part, {}).value();
  for (const std::int64_t id : {1, 2})
    EXPECT_TRUE(first.next_frame(frame(id, {{{1, 2, 3, 4}, 5, "", 1}})).empty());
  auto second = Decider::make(part, {}).value();
  second.restore(first.save());
  EXPECT_EQ(second.next_frame(frame(3, {{{1, 2, 3, 4}, 5, "", 1}})).size(), 1U);
  EXPECT_EQ(second.counts()[static_cast<std::size_t>(RuleId::kSeen)], (RuleCount{1, 0}));
}

TEST(Decider, ItSaysWhyThereWasNoAlarm) {
  auto decider = Decider::make(part_of(R"({"object": {"from": "detections", "key": "class"}})"), {}).value();
  std::vector<Verdict> why;
  decider.next_frame(frame(1, {{{1, 2, 3, 4}, 5, "", 1}}), &why);
  ASSERT_EQ(why.size(), 1U);
  EXPECT_EQ(why[0], (Verdict{0, "5", 1, RuleId::kSeen, "seen 1 of 3"}));
}

TEST(Decider, TheScoreOfAFaceIsComparedWithTheThreshold) {
  auto decider = Decider::make(part_of(R"({"object": {"from": "faces", "key": "index"},
      "rules": {"seen": {"in_frames": 1}, "threshold": {"others": 0.5}}})"),
                               {})
                     .value();
  auto faces = frame(1, {});
  faces.faces = {{{1, 2, 3, 4}, 0.75F, {}, {}}, {{1, 2, 3, 4}, 0.25F, {}, {}}};
  const auto alarms = decider.next_frame(faces);
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_EQ(alarms[0].object, 0U);
}

}  // namespace
}  // namespace stream::decision
