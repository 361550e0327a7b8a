#include "rule_counters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stream::logic {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

decision::Decider decider(const std::string& rules) {
  const auto part = manifest::parse_logic_part(
      R"({"object": {"from": "detections", "key": "class"}, "rules": )" + rules + "}");
  return decision::Decider::make(part.value(), {}).value();
}

FrameMeta frame(std::int64_t id) {
  FrameMeta frame;
  frame.frame_id = id;
  frame.detections = {{{1, 2, 3, 4}, 5, "", 0.5F}};
  return frame;
}

std::string series(const std::string& rule, const std::string& outcome, int value) {
  return R"(stream_logic_rule_objects_total{algorithm="0",outcome=")" + outcome + R"(",rule=")" + rule +
         R"(",task="t"} )" + std::to_string(value) + "\n";
}

TEST(RuleCounters, WhatRulesSayIsAddedAndRulesThatAreOffHaveNone) {
  Metrics metrics;
  RuleCounters counters(metrics, {{"task", "t"}, {"algorithm", "0"}});
  auto first = decider(R"({"seen": {"in_frames": 2}})");
  for (const std::int64_t id : {1, 2, 3}) {
    first.next_frame(frame(id));
    counters.show(first);
  }
  EXPECT_THAT(metrics.text(), HasSubstr(series("seen", "stopped", 1)));
  EXPECT_THAT(metrics.text(), HasSubstr(series("seen", "passed", 2)));
  EXPECT_THAT(metrics.text(), HasSubstr(series("once", "stopped", 1)));
  EXPECT_THAT(metrics.text(), Not(HasSubstr("rule=\"area\"")));

  auto second = decider(R"({"seen": {"in_frames": 1}})");
  counters.begin();
  second.next_frame(frame(4));
  counters.show(second);
  EXPECT_THAT(metrics.text(), HasSubstr(series("seen", "passed", 3)));
}

TEST(RuleCounters, RulesOfOnesOwnCountUnderTheirNames) {
  class Picky : public decision::CustomRule {
    decision::CustomVerdict judge(const decision::RuleObject&, const decision::RuleFrame& frame) override {
      if (frame.message.frame_id == 1) throw std::runtime_error("not this one");
      return {frame.message.frame_id == 3, {}, {}};
    }
  };
  decision::CustomRules rules;
  rules.add("picky", [](const JsonReader&) { return std::make_unique<Picky>(); });
  const auto part = manifest::parse_logic_part(R"({"object": {"from": "detections", "key": "class"},
    "rules": {"seen": {"in_frames": 1}, "custom": {"picky": {}}}})");
  decision::DeciderOptions options;
  options.custom_rules = &rules;
  auto decided = decision::Decider::make(part.value(), options).value();
  Metrics metrics;
  RuleCounters counters(metrics, {{"task", "t"}, {"algorithm", "0"}});
  for (const std::int64_t id : {1, 2, 3}) {
    decided.next_frame(frame(id));
    counters.show(decided);
  }
  EXPECT_THAT(metrics.text(), HasSubstr(series("custom/picky", "passed", 1)));
  EXPECT_THAT(metrics.text(), HasSubstr(series("custom/picky", "stopped", 2)));
  EXPECT_THAT(metrics.text(), HasSubstr(series("custom/picky", "failed", 1)));
  EXPECT_THAT(metrics.text(), Not(HasSubstr("rule=\"custom\"")));
}

TEST(RuleCounters, TheyGoWithTheTask) {
  Metrics metrics;
  auto decided = decider("{}");
  decided.next_frame(frame(1));
  {
    const Labels labels{{"task", "t"}, {"algorithm", "0"}};
    RuleCounters again(metrics, labels);
    {
      RuleCounters counters(metrics, labels);
      counters.show(decided);
      again.show(decided);
    }
    EXPECT_THAT(metrics.text(), HasSubstr(series("seen", "stopped", 2)));
  }
  EXPECT_THAT(metrics.text(), Not(HasSubstr("stream_logic_rule_objects_total{")));
}

}  // namespace
}  // namespace stream::logic
