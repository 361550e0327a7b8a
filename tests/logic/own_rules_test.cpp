// Rules of one's own in whole nodes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {
namespace {

using nlohmann::json;

// Lets an object through when it is asked about it for the third time.
class ThirdTime : public decision::CustomRule {
 public:
  decision::CustomVerdict judge(const decision::RuleObject& object, const decision::RuleFrame&) override {
    if (object.key == "fails") throw std::runtime_error("did not like it");
    return {++asked_[std::string(object.key)] >= 3, {}, {}};
  }
  void forget(std::string_view key) override { asked_.erase(std::string(key)); }
  std::string save() const override { return json(asked_).dump(); }
  void restore(std::string_view memory) override { asked_ = json::parse(memory); }

 private:
  std::map<std::string, int> asked_;
};

class OwnRules : public NodeTest {
 protected:
  OwnRules() {
    own_.add("third_time", [](const JsonReader& with) {
      with.expect_only({});
      return std::make_unique<ThirdTime>();
    });
  }

  static TaskRecord task(const std::string& id) {
    auto record = plate_task(id);
    record.algorithms[0].logic_json = R"({"object": {"from": "sub_objects", "key": "label"},
      "rules": {"seen": {"in_frames": 1}, "custom": {"third_time": {}}}})";
    return record;
  }

  std::string remembered() {
    const auto entry = memory_->get(topics::state_key("t", 0)).value();
    if (!entry) return "";
    const auto state = decode<LogicState>(decode<OwnedState>(entry->value).value().state).value();
    return state.memory.custom.empty() ? "" : state.memory.custom[0].memory;
  }

  decision::CustomRules own_;
};

TEST_F(OwnRules, WhatTheyRememberGoesToTheNextNode) {
  rules_ = &own_;
  put(task("t"));
  auto first = start("a");
  ASSERT_TRUE(wait_for_consumer("t"));
  play("t", "X");
  play("t", "X");
  ASSERT_TRUE(eventually([&] { return remembered() == R"({"X":2})"; })) << remembered();
  kill(*first);
  const auto second = start("b");
  ASSERT_TRUE(wait_for_consumer("t"));
  play("t", "X");
  EXPECT_TRUE(wait_for_alarms({"t:0:X:1"}));
}

TEST_F(OwnRules, FailuresAreCountedAndTheNodeGoesOn) {
  rules_ = &own_;
  put(task("t"));
  const auto node = start("a");
  ASSERT_TRUE(wait_for_consumer("t"));
  play("t", "fails");
  play_plates("t", 1, 1);
  EXPECT_TRUE(wait_for_alarms({"t:0:1:1"}));
  const Labels labels{
      {"task", "t"}, {"algorithm", "0"}, {"rule", "custom/third_time"}, {"outcome", "failed"}};
  EXPECT_EQ(node->count("rule_objects_total", labels), 1);
}

TEST_F(OwnRules, NodeThatDoesNotHaveOneRefusesOnlyWhoAsksForIt) {
  put(task("t"));
  put(plate_task("other"));
  ::testing::internal::CaptureStderr();
  const auto node = start("a");
  EXPECT_TRUE(wait_for_consumer("other"));
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(node->count("task_records_refused_total"), 1);
  EXPECT_FALSE(has_consumer("t"));
  EXPECT_THAT(log, ::testing::HasSubstr("task_refused"));
  EXPECT_THAT(log,
              ::testing::HasSubstr("/rules/custom/third_time: found a rule that this program does not have"));
}

}  // namespace
}  // namespace stream::logic
