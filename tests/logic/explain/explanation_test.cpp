#include "explain/explanation.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace stream::logic {
namespace {

using decision::RuleId;
using decision::Verdict;
using nlohmann::json;

FrameStamp at(std::int64_t frame) {
  return {frame, 1'700'000'000'000'000 + frame * 40'000};
}

Verdict verdict(const std::string& key, std::optional<RuleId> stopped_by, const std::string& text = "why") {
  return {0, key, 0, stopped_by, text};
}

TEST(Explanation, SuccessiveVerdictsOfOneRuleAreOneChangeWithTheLastText) {
  ExplanationMaker maker;
  maker.add(at(1), {verdict("a", RuleId::kArea, "anchor 1,1 outside area 1")});
  maker.add(at(2), {verdict("a", RuleId::kArea, "anchor 2,2 outside area 1")});
  maker.add(at(3), {});
  maker.add(at(4), {verdict("a", RuleId::kSeen, "seen 1 of 2")});
  maker.add(at(5), {verdict("a", std::nullopt, "alarms")});
  const auto made = maker.take();
  EXPECT_EQ(made.frames, 5U);
  EXPECT_EQ(made.frames_without_objects, 1U);
  EXPECT_EQ(made.first, at(1));
  EXPECT_EQ(made.last, at(5));
  ASSERT_EQ(made.objects.size(), 1U);
  const auto& object = made.objects.front();
  EXPECT_EQ(object.frames, 4U);
  EXPECT_EQ(object.first, at(1));
  EXPECT_EQ(object.last, at(5));
  EXPECT_EQ(object.alarms, 1U);
  EXPECT_EQ(object.alarm_frames, std::deque<std::int64_t>{5});
  const std::deque<VerdictChange> changes = {{RuleId::kArea, at(1), at(2), 2, "anchor 2,2 outside area 1"},
                                             {RuleId::kSeen, at(4), at(4), 1, "seen 1 of 2"},
                                             {std::nullopt, at(5), at(5), 1, "alarms"}};
  EXPECT_EQ(object.changes, changes);
}

TEST(Explanation, OfSeveralWithOneKeyTheOneThatGotFurthestSpeaks) {
  ExplanationMaker maker;
  maker.add(at(1), {verdict("person", RuleId::kArea), verdict("person", RuleId::kSeen, "seen 1 of 3"),
                    verdict("person", RuleId::kIdentity), verdict("car", RuleId::kSize)});
  const auto made = maker.take();
  ASSERT_EQ(made.objects.size(), 2U);
  EXPECT_EQ(made.objects[0].key, "car");
  EXPECT_EQ(made.objects[1].frames, 1U);
  EXPECT_EQ(made.objects[1].changes.front().text, "seen 1 of 3");
}

TEST(Explanation, WhatIsKeptIsBoundedAndTheRestCounted) {
  ExplanationMaker maker({2, 3, 2});
  for (std::int64_t frame = 1; frame <= 10; ++frame) {
    std::optional<RuleId> stopped;
    if (frame % 2 == 0) stopped = RuleId::kArea;
    maker.add(at(frame), {verdict("stays", stopped), verdict("new " + std::to_string(frame), RuleId::kSeen)});
  }
  const auto made = maker.take();
  ASSERT_EQ(made.objects.size(), 2U);
  EXPECT_EQ(made.objects_left_out, 9U);
  const auto& stays = made.objects[0].key == "stays" ? made.objects[0] : made.objects[1];
  EXPECT_EQ(stays.frames, 10U);
  EXPECT_EQ(stays.alarms, 5U);
  EXPECT_EQ(stays.alarm_frames, (std::deque<std::int64_t>{7, 9}));
  EXPECT_EQ(stays.changes.size(), 3U);
  EXPECT_EQ(stays.changes.back().last, at(10));
  EXPECT_EQ(stays.changes_left_out, 7U);
}

TEST(Explanation, JsonHasEverythingAndOnlyRulesThatWereAsked) {
  ExplanationMaker maker;
  maker.add(at(1), {verdict("", RuleId::kArea, "outside")});
  auto made = maker.take();
  made.rules[static_cast<std::size_t>(RuleId::kArea)] = {0, 1};
  made.memory_known_from = 1;
  made.complete = true;
  made.newest = at(1);
  made.notes = {"a note"};
  const json stamp = {{"frame", 1}, {"unix_ms", 1'700'000'000'040}};
  EXPECT_EQ(to_json(made),
            (json{{"complete", true},
                  {"memory_known_from", 1},
                  {"notes", {"a note"}},
                  {"frames", {{"count", 1}, {"without_objects", 0}, {"first", stamp}, {"last", stamp}}},
                  {"newest", stamp},
                  {"rules", {{{"rule", "area"}, {"passed", 0}, {"stopped", 1}}}},
                  {"objects",
                   {{{"key", ""},
                     {"frames", 1},
                     {"first", stamp},
                     {"last", stamp},
                     {"alarms", 0},
                     {"alarm_frames", json::array()},
                     {"changes",
                      {{{"stopped_by", "area"},
                        {"first", stamp},
                        {"last", stamp},
                        {"frames", 1},
                        {"text", "outside"}}}},
                     {"changes_left_out", 0}}}},
                  {"objects_left_out", 0}}));
  EXPECT_EQ(to_json(Explanation{})["frames"]["first"], nullptr);
  EXPECT_EQ(to_json(Explanation{})["memory_known_from"], nullptr);
}

TEST(Explanation, RulesOfOnesOwnAreToldByTheirNames) {
  ExplanationMaker maker;
  auto stopped = verdict("a", RuleId::kCustom, "30 px off");
  stopped.custom = "loitering";
  maker.add(at(1), {stopped});
  stopped.custom = "helmet";
  maker.add(at(2), {stopped});
  auto made = maker.take();
  made.custom = {{"helmet", {0, 0}, 0, ""}, {"loitering", {3, 4}, 0, ""}};
  made.rules[static_cast<std::size_t>(RuleId::kOnce)] = {1, 2};
  const auto told = to_json(made);
  EXPECT_EQ(told["objects"][0]["changes"][0]["stopped_by"], "custom/loitering");
  EXPECT_EQ(told["objects"][0]["changes"][1]["stopped_by"], "custom/helmet");
  EXPECT_EQ(told["rules"], nlohmann::json::parse(R"([{"rule": "custom/loitering", "passed": 3, "stopped": 4},
                                      {"rule": "once", "passed": 1, "stopped": 2}])"));
}

}  // namespace
}  // namespace stream::logic
