// Rules of one's own: what they see, when they are asked, what they remember, and what their faults do.
#include "stream/decision/custom_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "stream/decision/decider.hpp"
#include "stream/decision/objects.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::decision {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Passes from the n-th time on that it sees an object.
class Patience : public CustomRule {
 public:
  explicit Patience(const JsonReader& with) {
    with.expect_only({"times"});
    times_ = with["times"].integer(1, 100);
  }

  CustomVerdict judge(const RuleObject& object, const RuleFrame& frame) override {
    const auto seen = ++seen_[std::string(object.key)];
    CustomVerdict verdict{seen >= times_, {}, {{"times", seen}}};
    if (frame.explain) verdict.text = fmt::format("{} of {} times", seen, times_);
    return verdict;
  }
  void forget(std::string_view key) override { seen_.erase(std::string(key)); }
  std::string save() const override { return json(seen_).dump(); }
  void restore(std::string_view memory) override {
    const auto saved = json::parse(memory, nullptr, false);
    if (saved.is_object()) seen_ = saved.get<std::map<std::string, std::int64_t>>();
  }

 private:
  std::int64_t times_ = 1;
  std::map<std::string, std::int64_t> seen_;
};

// Notes what it is shown and told.
struct Notes {
  std::vector<RuleObject> objects;
  std::vector<std::int64_t> running_us;
  std::vector<std::string> forgotten;
  bool explained = false;
};

class Notary : public CustomRule {
 public:
  explicit Notary(Notes& notes) : notes_(notes) {}

  CustomVerdict judge(const RuleObject& object, const RuleFrame& frame) override {
    notes_.objects.push_back(object);
    notes_.objects.back().key = {};
    notes_.running_us.push_back(frame.running_us);
    notes_.explained |= frame.explain;
    return {frame.message.detections.at(object.index).label == "yes", "says no", {}};
  }
  void forget(std::string_view key) override { notes_.forgotten.emplace_back(key); }

 private:
  Notes& notes_;
};

class Faulty : public CustomRule {
 public:
  CustomVerdict judge(const RuleObject&, const RuleFrame&) override {
    throw std::out_of_range("no such joint");
  }
  void forget(std::string_view) override { throw 1; }
  std::string save() const override { return std::string(kMostMemoryBytes + 1, 'x'); }
  void restore(std::string_view) override { throw std::bad_alloc(); }
};

class CustomRuleTest : public ::testing::Test {
 protected:
  CustomRuleTest() {
    rules_.add("patience", [](const JsonReader& with) { return std::make_unique<Patience>(with); })
        .add("notary", [this](const JsonReader&) { return std::make_unique<Notary>(notes_); })
        .add("faulty", [](const JsonReader&) { return std::make_unique<Faulty>(); })
        .add("unmakable",
             [](const JsonReader&) -> std::unique_ptr<CustomRule> { throw std::runtime_error("no"); });
  }

  Result<Decider> make(const std::string& rules, const std::string& event = "{}",
                       std::size_t max_objects = 100) {
    part_ = manifest::parse_logic_part(R"({"object": {"from": "tracks", "key": "track_id"}, "rules": )" +
                                       rules + R"(, "event": )" + event + "}")
                .value();
    DeciderOptions options;
    options.max_objects = max_objects;
    options.custom_rules = &rules_;
    return Decider::make(part_, options);
  }
  std::string refusal(const std::string& rules) {
    const auto made = make(rules);
    return made ? "" : made.error().message;
  }

  // The next frame, 100 ms later, with these tracks, 50 px wide, at x.
  struct Track {
    std::int64_t id = 0;
    std::int32_t x = 0;
    std::string label = "yes";
  };
  FrameMeta frame(const std::vector<Track>& tracks) {
    FrameMeta meta;
    meta.frame_id = ++frame_id_;
    meta.timestamp_us = 1'700'000'000'000'000 + frame_id_ * 100'000;
    meta.received_us = meta.timestamp_us;
    meta.width = 1000;
    meta.height = 500;
    for (const auto& [id, x, label] : tracks) {
      meta.detections.push_back({{x, 100, 50, 100}, 2, label, 0.75F});
      meta.track_ids.push_back(id);
    }
    return meta;
  }
  static std::vector<std::string> keys(const std::vector<ObjectAlarm>& alarms) {
    std::vector<std::string> keys;
    for (const auto& alarm : alarms) keys.push_back(alarm.key);
    return keys;
  }

  Notes notes_;
  CustomRules rules_;
  manifest::LogicPart part_;
  std::int64_t frame_id_ = 0;
};

TEST_F(CustomRuleTest, HoldsAlarmsBackUntilItPasses) {
  auto decider = make(R"({"seen": {"in_frames": 1}, "custom": {"patience": {"times": 3}}})").value();
  EXPECT_THAT(decider.next_frame(frame({{7}})), IsEmpty());
  std::vector<Verdict> why;
  EXPECT_THAT(decider.next_frame(frame({{7}, {8}}), &why), IsEmpty());
  ASSERT_EQ(why.size(), 2U);
  EXPECT_EQ(why[0].stopped_by, RuleId::kCustom);
  EXPECT_EQ(why[0].custom, "patience");
  EXPECT_EQ(why[0].text, "patience: 2 of 3 times");
  EXPECT_THAT(keys(decider.next_frame(frame({{7}, {8}}))), ElementsAre("7"));
  EXPECT_THAT(keys(decider.next_frame(frame({{7}, {8}}))), ElementsAre("8"));
  EXPECT_EQ(decider.custom_counts(), (CustomRuleCounts{{"patience", {3, 4}, 0, {}}}));
  EXPECT_EQ(decider.counts()[static_cast<std::size_t>(RuleId::kCustom)], RuleCount{});
}

TEST_F(CustomRuleTest, IsAskedOfWhatCountsFromItsFirstFrameOn) {
  auto decider = make(R"({"seen": {"in_frames": 3},
    "area": {"areas": [[{"x": 0, "y": 0}, {"x": 500, "y": 0}, {"x": 500, "y": 500}, {"x": 0, "y": 500}]]},
    "custom": {"notary": {}, "patience": {"times": 3}}})")
                     .value();
  decider.next_frame(frame({{1, 700}, {2, 100}}));
  decider.next_frame(frame({{1, 700}, {2, 100}}));
  ASSERT_EQ(notes_.objects.size(), 2U) << "the one outside the area is not there";
  const auto& second = notes_.objects[1];
  EXPECT_EQ(second.index, 1U);
  EXPECT_EQ(second.box, (Box{100, 100, 50, 100}));
  EXPECT_EQ(second.class_id, 2);
  EXPECT_EQ(second.score, 0.75F);
  EXPECT_EQ(second.seen, 2U);
  EXPECT_EQ(second.stay_us, 100'000);
  EXPECT_EQ(notes_.running_us[1] - notes_.running_us[0], 100'000);
  EXPECT_FALSE(notes_.explained);
  // Nothing is counted of rules that were not reached: `seen` came first.
  EXPECT_EQ(decider.custom_counts()[0].objects, RuleCount{});

  std::vector<Verdict> why;
  EXPECT_THAT(keys(decider.next_frame(frame({{1, 700}, {2, 100}}), &why)), ElementsAre("2"));
  EXPECT_TRUE(notes_.explained);
}

TEST_F(CustomRuleTest, TheFirstThatStopsIsNamedAndThoseBehindAreNotCounted) {
  auto decider =
      make(R"({"seen": {"in_frames": 1}, "custom": {"notary": {}, "patience": {"times": 1}}})").value();
  std::vector<Verdict> why;
  decider.next_frame(frame({{1, 0, "no"}}), &why);
  EXPECT_EQ(why.at(0).custom, "notary");
  EXPECT_EQ(why.at(0).text, "notary: says no");
  EXPECT_EQ(decider.custom_counts(),
            (CustomRuleCounts{{"notary", {0, 1}, 0, {}}, {"patience", {0, 0}, 0, {}}}));
}

TEST_F(CustomRuleTest, WhatItHasFoundIsInTheEvent) {
  auto decider = make(R"({"seen": {"in_frames": 1}, "custom": {"patience": {"times": 2}}})",
                      R"({"extend": [{"name": "Times", "from": "/custom/patience/times"},
                                     {"name": "Other", "from": "/custom/other/times"}]})")
                     .value();
  decider.next_frame(frame({{7}}));
  const auto last = frame({{7}});
  const auto alarms = decider.next_frame(last);
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_EQ(extend_of(last, part_, alarms[0]), R"({"Times":2})");
}

TEST_F(CustomRuleTest, MemoryIsHandedOver) {
  const std::string text = R"({"seen": {"in_frames": 1}, "custom": {"patience": {"times": 3}}})";
  auto first = make(text).value();
  first.next_frame(frame({{7}}));
  first.next_frame(frame({{7}}));
  const auto state = decode<RuleState>(encode(first.save())).value();
  ASSERT_EQ(state.custom.size(), 1U);
  EXPECT_EQ(state.custom[0], (CustomMemory{"patience", R"({"7":2})"}));
  auto second = make(text).value();
  second.restore(state);
  EXPECT_THAT(keys(second.next_frame(frame({{7}, {8}}))), ElementsAre("7"));
}

TEST_F(CustomRuleTest, MemoryOfAnotherRuleOrWithoutSenseIsNothingRemembered) {
  auto decider = make(R"({"seen": {"in_frames": 1}, "custom": {"patience": {"times": 2}}})").value();
  decider.restore({"key", {}, {}, 0, 0, {}, {}, {{"other", R"({"7":5})"}, {"patience", "\xff"}}});
  EXPECT_THAT(decider.next_frame(frame({{7}})), IsEmpty());
  auto state = decider.save();
  state.identity = "of another kind";
  auto other = make(R"({"seen": {"in_frames": 1}, "custom": {"patience": {"times": 2}}})").value();
  other.restore(state);
  EXPECT_THAT(other.next_frame(frame({{7}})), IsEmpty()) << "its objects are not those that were meant";
}

TEST_F(CustomRuleTest, IsToldWhoHasLeftAndWhoWasCrowdedOut) {
  const std::string text = R"({"seen": {"in_frames": 1, "out_frames": 2}, "custom": {"notary": {}}})";
  auto decider = make(text, "{}", 2).value();
  decider.next_frame(frame({{1}, {2}, {3}}));
  EXPECT_THAT(notes_.forgotten, ElementsAre("1"));
  for (int i = 0; i < 3; ++i) decider.next_frame(frame({}));
  EXPECT_THAT(notes_.forgotten, ElementsAre("1", "2", "3"));
}

TEST_F(CustomRuleTest, ANewStayIsSomebodyNew) {
  auto decider = make(R"({"seen": {"in_frames": 1, "out_frames": 2}, "alarm_interval": {"frames": 100},
                          "custom": {"notary": {}}})")
                     .value();
  EXPECT_THAT(keys(decider.next_frame(frame({{1}}))), ElementsAre("1"));
  for (int i = 0; i < 4; ++i) decider.next_frame(frame({}));
  EXPECT_THAT(notes_.forgotten, IsEmpty()) << "its alarm interval is still known";
  decider.next_frame(frame({{1}}));
  EXPECT_THAT(notes_.forgotten, ElementsAre("1"));
}

TEST_F(CustomRuleTest, FaultsKeepTheObjectBackAndAreCounted) {
  auto decider = make(R"({"seen": {"in_frames": 1, "out_frames": 1}, "custom": {"faulty": {}}})").value();
  decider.restore({"key", {}, {}, 0, 0, {}, {}, {{"faulty", "x"}}});
  std::vector<Verdict> why;
  EXPECT_THAT(decider.next_frame(frame({{1}}), &why), IsEmpty());
  EXPECT_EQ(why.at(0).text, "faulty: failed: no such joint");
  EXPECT_EQ(decider.custom_counts()[0].failed, 2U) << "restore, judge";
  EXPECT_THAT(decider.save().custom, IsEmpty());
  EXPECT_THAT(decider.custom_counts()[0].failure, HasSubstr("its memory has 262145 bytes, more than 262144"));
  for (int i = 0; i < 2; ++i) decider.next_frame(frame({}));
  EXPECT_EQ(decider.custom_counts()[0].failed, 4U) << "save, forget";
}

TEST_F(CustomRuleTest, MistakesNameThePlaceAndWhatIsThere) {
  EXPECT_EQ(refusal(R"({"custom": {"patience": {"times": 0}}})"),
            "/rules/custom/patience/times: found 0, expected an integer from 1 to 100");
  EXPECT_THAT(refusal(R"({"custom": {"patience": {"times": 1, "tiems": 1}}})"),
              HasSubstr("/rules/custom/patience/tiems"));
  EXPECT_THAT(
      refusal(R"({"custom": {"patients": {}}})"),
      HasSubstr("/rules/custom/patients: found a rule that this program does not have, expected one of "
                "faulty, notary, patience, unmakable"));
  EXPECT_EQ(refusal(R"({"custom": {"unmakable": {}}})"),
            "/rules/custom/unmakable: the rule cannot be made: no");
  const auto none = Decider::make(part_, {});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("expected none, for it has none but those built in"));
}

}  // namespace
}  // namespace stream::decision
