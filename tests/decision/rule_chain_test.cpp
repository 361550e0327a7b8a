#include "rule_chain.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "scene.hpp"

namespace stream::decision {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<Point> kLeftHalf{{0, 0}, {500, 0}, {500, 500}, {0, 500}};
const std::vector<Point> kMiddle{{400, 0}, {600, 0}, {600, 500}, {400, 500}};
const LineSpec kUpright{{500, 0}, {500, 500}, {}, {}};
const LineSpec kToTheRight{{500, 0}, {500, 500}, {100, 100}, {200, 100}};

RuleSpec rules(std::uint64_t in_frames = 1, std::uint64_t out_frames = 5) {
  RuleSpec spec;
  spec.in_frames = in_frames;
  spec.out_frames = out_frames;
  return spec;
}

TEST(RuleChain, AlarmsOnceInTheNthFrameOfAStay) {
  Scene scene(rules(3, 2));
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_THAT(scene.frame({}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_EQ(scene.why(), "seen 2 of 3");
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_EQ(scene.why(), "has had its alarm in this stay");
  scene.pass(2);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
}

TEST(RuleChain, ObjectsNeedNoPlaceWhenNoRuleAsksForIt) {
  Scene scene(rules());
  EXPECT_THAT(scene.frame({{"a", std::nullopt}, {"", std::nullopt}, {"a", std::nullopt}}), ElementsAre("a"));
  EXPECT_EQ(scene.verdicts[1].text, "has no key");
  EXPECT_EQ(scene.verdicts[2].text, "counted already in this frame");
}

TEST(RuleChain, OnlyClassesThatAreAskedForCount) {
  auto spec = rules();
  spec.classes = {1, 3};
  Scene scene(spec);
  const auto of_class = [](std::string_view key, std::int32_t class_id) {
    auto object = standing(key, 100, 100);
    object.class_id = class_id;
    return object;
  };
  EXPECT_THAT(scene.frame({of_class("a", 2), of_class("b", 3), of_class("c", -1)}), ElementsAre("b"));
  EXPECT_EQ(scene.verdicts[0].text, "class 2 is not asked for");
  EXPECT_EQ(scene.verdicts[2].text, "nobody knows its class");
}

TEST(RuleChain, OutsideTheAreaAnObjectIsNotThere) {
  auto spec = rules(2, 2);
  spec.areas = {kLeftHalf};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 400, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 612, 310)}), IsEmpty());
  EXPECT_EQ(scene.why(), "anchor 612,310 outside area 1");
  EXPECT_EQ(scene.chain.objects(), 1U);
  EXPECT_THAT(scene.frame({standing("a", 500, 100)}), ElementsAre("a"));  // on the border
  EXPECT_EQ(scene.alarms[0].area, 0U);
  // Outside for more than m frames: when it is back it is new.
  for (int i = 0; i < 3; ++i) EXPECT_THAT(scene.frame({standing("a", 600, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 400, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 400, 100)}), ElementsAre("a"));
}

TEST(RuleChain, WhatNeverCountsIsNotRemembered) {
  auto spec = rules();
  spec.areas = {kLeftHalf};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 600, 100)}), IsEmpty());
  EXPECT_EQ(scene.chain.objects(), 0U);
}

TEST(RuleChain, DegenerateAreasAreNoRule) {
  auto spec = rules();
  spec.areas = {{}, {{0, 0}, {0, 0}, {0, 0}, {0, 0}}};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 600, 100)}), ElementsAre("a"));
  EXPECT_EQ(scene.alarms[0].area, std::nullopt);
}

TEST(RuleChain, AreasAreScaledToTheFrame) {
  auto spec = rules();
  spec.drawn = {500, 250};  // half of the frame
  spec.areas = {{{0, 0}, {250, 0}, {250, 250}, {0, 250}}};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("in", 480, 100), standing("out", 520, 100)}), ElementsAre("in"));
}

TEST(RuleChain, ObjectWithoutAPlaceIsOnlyInAnAreaThatIsTheWholeFrame) {
  auto spec = rules();
  spec.areas = {kLeftHalf};
  Scene half(spec);
  EXPECT_THAT(half.frame({{"a", std::nullopt}}), IsEmpty());
  EXPECT_EQ(half.why(), "nobody knows where it is");
  spec.areas = {{{0, 0}, {1000, 0}, {1000, 500}, {0, 500}}};
  Scene whole(spec);
  EXPECT_THAT(whole.frame({{"a", std::nullopt}}), ElementsAre("a"));
}

TEST(RuleChain, ShareOfTheBoxCanDecideInstead) {
  auto spec = rules();
  spec.areas = {kLeftHalf};
  spec.min_overlap = 0.5;
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 505, 100)}), IsEmpty());
  EXPECT_EQ(scene.why(), "0.2500 of its box is in area 1, 0.5000 needed");
  EXPECT_THAT(scene.frame({standing("a", 500, 100)}), ElementsAre("a"));
}

TEST(RuleChain, SizeIsOfTheShorterAndTheLongerSide) {
  auto spec = rules();
  spec.size = SizeLimits{20, 40};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({{"small", Box{0, 0, 19, 40}},
                           {"fits", Box{0, 0, 40, 20}},
                           {"large", Box{0, 0, 20, 41}},
                           {"?", std::nullopt}}),
              ElementsAre("fits"));
  EXPECT_EQ(scene.verdicts[0].text, "19x40: shorter side under 20");
  EXPECT_EQ(scene.verdicts[2].text, "20x41: longer side over 40");
  EXPECT_EQ(scene.verdicts[3].text, "nobody knows how large it is");
}

TEST(RuleChain, EnoughObjectsMustBeInTheArea) {
  auto spec = rules();
  spec.areas = {kLeftHalf, kMiddle};
  spec.min_count = 3;
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 100, 100), standing("b", 450, 100), standing("c", 550, 100)}),
              IsEmpty());
  EXPECT_EQ(scene.why(), "2 of 3 objects in area 1");
  // Those without a key count as well, and b, who is in both, goes by the area that holds enough.
  EXPECT_THAT(scene.frame({standing("a", 100, 100), standing("b", 450, 100), standing("c", 550, 100),
                           standing("", 580, 100)}),
              ElementsAre("b", "c"));
  EXPECT_EQ(scene.alarms[0].area, 1U);
  EXPECT_EQ(scene.alarms[0].count, 3U);
}

TEST(RuleChain, OutsideTheScheduleNothingCounts) {
  auto spec = rules();
  spec.schedule = ScheduleSpec{};
  spec.schedule->ranges = {{1, 86400}};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_EQ(scene.why(), "Fri 00:00:00 UTC is outside the schedule");
  scene.pass(9);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
}

TEST(RuleChain, TrackIntervalIsTheAgeOfTheStayInFrames) {
  auto spec = rules(2);
  spec.track_interval = 6;
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_EQ(scene.why(), "there for 2 of 6 frames");
  scene.pass(2);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
}

TEST(RuleChain, MedianOfTheScoresMustReachTheLimitOfTheClass) {
  auto spec = rules();
  spec.scores = ScoreLimits{0.5, {{7, 0.25}}};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 1, 1, 0.25F), standing("b", 1, 1, 0.25F, 7)}), ElementsAre("b"));
  EXPECT_EQ(scene.why(), "median of 1 scores is 0.2500, class 0 needs 0.5000");
  EXPECT_THAT(scene.frame({standing("a", 1, 1, 0.75F)}), IsEmpty());  // of two, the smaller one
  EXPECT_THAT(scene.frame({standing("a", 1, 1, 0.5F)}), ElementsAre("a"));
}

TEST(RuleChain, AScoreThatIsTheLimitIsEnough) {
  for (const double limit : {0.5, 0.6, 0.7, 0.8, 0.9, 0.95}) {
    auto spec = rules();
    spec.scores = ScoreLimits{limit, {}};
    Scene scene(spec);
    const auto exact = static_cast<float>(limit);
    EXPECT_THAT(
        scene.frame({standing("less", 1, 1, std::nextafter(exact, 0.0F)), standing("exact", 1, 1, exact)}),
        ElementsAre("exact"))
        << limit;
  }
}

TEST(RuleChain, OnlyTheLastScoresAreKept) {
  auto spec = rules();
  spec.scores = ScoreLimits{0.5, {}};
  Scene scene(spec);
  for (int i = 0; i < 100; ++i) EXPECT_THAT(scene.frame({standing("a", 1, 1, 0.1F)}), IsEmpty());
  for (int i = 0; i < 15; ++i) EXPECT_THAT(scene.frame({standing("a", 1, 1, 0.9F)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 1, 1, 0.9F)}), ElementsAre("a"));
  EXPECT_EQ(scene.chain.save().objects.at(0).scores.size(), 31U);
}

TEST(RuleChain, StayIsMeasuredInSeconds) {
  auto spec = rules();
  spec.stay_us = 300'000;
  Scene scene(spec);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_EQ(scene.why(), "stays for 0.10 of 0.30 s");
  scene.pass(1);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
  EXPECT_EQ(scene.alarms[0].stay_us, 300'000);
  EXPECT_EQ(scene.alarms[0].away_us, 200'000);
}

TEST(RuleChain, WhoIsBackBeforeTheLeaveTimeHasNotLeft) {
  auto spec = rules(1, 2);
  spec.leave_us = 1'000'000;
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
  scene.pass(9);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  scene.pass(10);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
}

TEST(RuleChain, EachCrossingAlarms) {
  auto spec = rules();
  spec.lines = {kUpright};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 480, 100)}), IsEmpty());
  EXPECT_EQ(scene.why(), "has crossed no line: anchor 480,100 is 20 px off line 1");
  EXPECT_THAT(scene.frame({standing("a", 520, 100)}), ElementsAre("a"));
  EXPECT_EQ(scene.why(), "crossed line 1");
  EXPECT_EQ(scene.alarms[0].line, 0U);
  EXPECT_THAT(scene.frame({standing("a", 540, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 480, 100)}), ElementsAre("a"));
}

TEST(RuleChain, CrossingAgainstTheDirectionDoesNotAlarm) {
  auto spec = rules();
  spec.lines = {{{0, 0}, {0, 0}, {}, {}}, kToTheRight};
  Scene scene(spec);
  std::ignore = scene.frame({standing("a", 520, 100)});
  EXPECT_THAT(scene.frame({standing("a", 480, 100)}), IsEmpty());
  EXPECT_EQ(scene.why(), "crossed line 2 against its direction");
  EXPECT_THAT(scene.frame({standing("a", 520, 100)}), ElementsAre("a"));
}

TEST(RuleChain, CrossingWaitsUntilTheObjectHasBeenSeenOftenEnough) {
  auto spec = rules(4);
  spec.lines = {kUpright};
  Scene scene(spec);
  for (const int x : {480, 520, 530}) EXPECT_THAT(scene.frame({standing("a", x, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 540, 100)}), ElementsAre("a"));
}

TEST(RuleChain, CrossingIsForgottenWithTheStay) {
  auto spec = rules(3, 2);
  spec.lines = {kUpright};
  Scene scene(spec);
  for (const int x : {480, 520}) EXPECT_THAT(scene.frame({standing("a", x, 100)}), IsEmpty());
  scene.pass(2);
  for (int i = 0; i < 5; ++i) EXPECT_THAT(scene.frame({standing("a", 520, 100)}), IsEmpty());
}

TEST(RuleChain, PathIsFollowedWhereTheObjectDoesNotCount) {
  auto spec = rules();
  spec.lines = {kUpright};
  spec.areas = {{{500, 0}, {1000, 0}, {1000, 500}, {500, 500}}};  // right of the line
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 480, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 520, 100)}), ElementsAre("a"));
  EXPECT_THAT(scene.frame({standing("a", 480, 100)}), IsEmpty());  // crosses, but to where it does not count
}

TEST(RuleChain, PathGoesOnOverFramesWithoutTheObject) {
  auto spec = rules(1, 3);
  spec.lines = {kUpright};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 480, 100)}), IsEmpty());
  scene.pass(2);
  EXPECT_THAT(scene.frame({standing("a", 520, 100)}), ElementsAre("a"));
  scene.pass(3);
  EXPECT_THAT(scene.frame({standing("a", 480, 100)}), IsEmpty());  // it had left
}

TEST(RuleChain, KeyThatOccursTwiceHasNoPath) {
  auto spec = rules();
  spec.lines = {kUpright};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("person", 480, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("person", 520, 100), standing("person", 100, 100)}), IsEmpty());
  EXPECT_EQ(scene.why(), "has no path: its key is in the frame more than once");
  EXPECT_THAT(scene.frame({standing("person", 520, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("person", 480, 100)}), ElementsAre("person"));
}

TEST(RuleChain, IdentityByPlaceGivesAClassAPath) {
  auto spec = rules();
  spec.identity = Identity::kIou;
  spec.iou_min = 0.1;
  spec.lines = {kUpright};
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("0", 493, 100), standing("0", 100, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("0", 101, 100), standing("0", 507, 100)}), ElementsAre("1"));
  EXPECT_EQ(scene.alarms[0].object, 1U);
  EXPECT_THAT(scene.frame({{"0", std::nullopt}}), IsEmpty());
  EXPECT_EQ(scene.why(), "nobody knows where it is");
}

RuleSpec by_place(std::uint64_t in_frames, std::uint64_t out_frames) {
  auto spec = rules(in_frames, out_frames);
  spec.identity = Identity::kIou;
  return spec;
}

TEST(RuleChain, PlaceIsKnownUntilTheAlarmIntervalIsOver) {
  auto spec = by_place(1, 2);
  spec.alarm_interval = 20;
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("", 100, 100)}), ElementsAre("1"));
  scene.pass(9);
  EXPECT_THAT(scene.frame({standing("", 102, 100)}), IsEmpty());
  EXPECT_EQ(scene.why(), "quiet: 10 of 20 frames since its last alarm");
  scene.pass(8);
  EXPECT_THAT(scene.frame({standing("", 102, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("", 102, 100)}), ElementsAre("1"));
  scene.pass(30);
  EXPECT_THAT(scene.frame({standing("", 102, 100)}), ElementsAre("2"));
}

TEST(RuleChain, PlaceIsKnownUntilTheLeaveTimeIsOver) {
  auto spec = by_place(1, 2);
  spec.stay_us = 25 * Scene::kStep_us;
  spec.leave_us = 10 * Scene::kStep_us;
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("", 100, 100)}), IsEmpty());
  scene.pass(9);
  EXPECT_THAT(scene.frame({standing("", 100, 100)}), IsEmpty());
  scene.pass(9);
  EXPECT_THAT(scene.frame({standing("", 100, 100)}), IsEmpty());
  scene.pass(4);
  EXPECT_THAT(scene.frame({standing("", 100, 100)}), ElementsAre("1"));
  EXPECT_EQ(scene.alarms[0].stay_us, 25 * Scene::kStep_us);
  EXPECT_EQ(scene.alarms[0].away_us, 25 * Scene::kStep_us);
  scene.pass(10);
  EXPECT_THAT(scene.frame({standing("", 100, 100)}), IsEmpty());
  EXPECT_EQ(scene.verdicts.at(0).key, "2");
}

TEST(RuleChain, PathGoesOnAtItsPlaceUntilTheLeaveTimeIsOver) {
  auto spec = by_place(1, 2);
  spec.iou_min = 0.1;
  spec.lines = {kUpright};
  spec.leave_us = 10 * Scene::kStep_us;
  Scene scene(spec);
  std::ignore = scene.frame({standing("", 493, 100)});
  scene.pass(9);
  EXPECT_THAT(scene.frame({standing("", 507, 100)}), ElementsAre("1"));
  scene.pass(10);
  EXPECT_THAT(scene.frame({standing("", 493, 100)}), IsEmpty());
}

// Somebody else may come out of where one has gone, and a crossing that is given up is lost.
TEST(RuleChain, WithLinesNobodyIsKnownByHisPlaceOnlyToBeQuiet) {
  auto spec = by_place(1, 2);
  spec.iou_min = 0.1;
  spec.lines = {kUpright};
  spec.alarm_interval = 50;
  Scene scene(spec);
  std::ignore = scene.frame({standing("", 493, 100)});
  EXPECT_THAT(scene.frame({standing("", 507, 100)}), ElementsAre("1"));
  EXPECT_THAT(scene.frame({standing("", 493, 100)}), IsEmpty());
  scene.pass(3);
  EXPECT_THAT(scene.frame({standing("", 493, 100)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("", 507, 100)}), ElementsAre("2"));
}

TEST(RuleChain, PlacesAreKnownAfterAHandOver) {
  auto spec = by_place(1, 2);
  spec.alarm_interval = 20;
  Scene before(spec);
  EXPECT_THAT(before.frame({standing("", 100, 100)}), ElementsAre("1"));
  Scene after(spec);
  after.chain.restore(before.chain.save());
  after.next_id = before.next_id + 10;
  EXPECT_THAT(after.frame({standing("", 100, 100), standing("", 300, 100)}), ElementsAre("2"));
}

TEST(RuleChain, PresenceWaitsForTheEndOfTheAlarmInterval) {
  auto spec = rules(1, 1);
  spec.alarm_interval = 10;
  Scene scene(spec);
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
  scene.pass(3);
  EXPECT_THAT(scene.frame({standing("a", 1, 1), standing("b", 1, 1)}), ElementsAre("b"));
  EXPECT_EQ(scene.why(), "quiet: 4 of 10 frames since its last alarm");
  for (int i = 5; i < 10; ++i) EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), ElementsAre("a"));
}

TEST(RuleChain, CrossingInTheAlarmIntervalIsGivenUp) {
  auto spec = rules();
  spec.lines = {kUpright};
  spec.alarm_interval = 3;
  Scene scene(spec);
  std::vector<std::string> alarms;
  for (const int x : {480, 520, 480, 480, 480, 480, 520}) {
    for (const auto& key : scene.frame({standing("a", x, 100)}))
      alarms.push_back(key + std::to_string(scene.next_id));
  }
  EXPECT_THAT(alarms, ElementsAre("a2", "a7"));
}

TEST(RuleChain, AlarmIntervalOutlivesTheStayAndThenTakesNoMemory) {
  auto spec = rules(1, 1);
  spec.alarm_interval = 100;
  Scene scene(spec);
  std::ignore = scene.frame({standing("a", 1, 1)});
  scene.pass(98);
  EXPECT_THAT(scene.frame({}), IsEmpty());
  EXPECT_EQ(scene.chain.objects(), 1U);
  EXPECT_THAT(scene.frame({}), IsEmpty());
  EXPECT_EQ(scene.chain.objects(), 0U);
}

TEST(RuleChain, BeyondTheBoundTheLongestAbsentIsForgottenAndCounted) {
  auto spec = rules(2, 1000);
  spec.max_objects = 2;
  Scene scene(spec);
  for (const auto* key : {"a", "b", "c"}) std::ignore = scene.frame({standing(key, 1, 1)});
  EXPECT_EQ(scene.chain.objects(), 2U);
  EXPECT_EQ(scene.chain.crowded_out(), 1U);
  EXPECT_THAT(scene.frame({standing("b", 1, 1)}), ElementsAre("b"));
  EXPECT_THAT(scene.frame({standing("a", 1, 1)}), IsEmpty());
}

TEST(RuleChain, EachRuleThatIsOnCountsWhatPassedAndWhatStopped) {
  auto spec = rules(2);
  spec.areas = {kLeftHalf};
  Scene scene(spec);
  std::ignore = scene.frame({standing("a", 100, 100), standing("b", 600, 100)});
  std::ignore = scene.frame({standing("a", 100, 100), standing("", 100, 100)});
  const auto count = [&](RuleId rule) { return scene.chain.counts()[static_cast<std::size_t>(rule)]; };
  EXPECT_EQ(count(RuleId::kArea), (RuleCount{3, 1}));
  EXPECT_EQ(count(RuleId::kIdentity), (RuleCount{2, 1}));
  EXPECT_EQ(count(RuleId::kSeen), (RuleCount{1, 1}));
  EXPECT_EQ(count(RuleId::kOnce), (RuleCount{1, 0}));
  EXPECT_EQ(count(RuleId::kSize), RuleCount{});
  EXPECT_EQ(name_of(RuleId::kAlarmInterval), "alarm_interval");
  EXPECT_EQ(name_of(RuleId::kSchedule), "schedule");
}

TEST(RuleChain, OtherLinesForgetPathsAndKeepStays) {
  auto spec = rules(2);
  spec.lines = {kUpright};
  Scene before(spec);
  std::ignore = before.frame({standing("a", 480, 100)});
  spec.lines = {{{470, 0}, {470, 500}, {}, {}}};
  Scene after(spec);
  after.next_id = before.next_id;
  after.chain.restore(before.chain.save());
  EXPECT_THAT(after.frame({standing("a", 460, 100)}), IsEmpty());
  EXPECT_THAT(after.frame({standing("a", 480, 100)}), ElementsAre("a"));
}

TEST(RuleChain, OneThatIsQuietForLongDoesNotKeepThoseBehindIt) {
  auto spec = rules(1, 1);
  spec.alarm_interval = 100'000;
  spec.lines = {kUpright};
  Scene scene(spec);
  std::ignore = scene.frame({standing("quiet", 480, 100)});
  EXPECT_THAT(scene.frame({standing("quiet", 520, 100)}), ElementsAre("quiet"));
  for (int i = 0; i < 1000; ++i) {
    std::ignore = scene.frame({standing("passer-by " + std::to_string(i), 100, 100)});
  }
  EXPECT_LE(scene.chain.objects(), 260U);
  scene.pass(256);
  std::ignore = scene.frame({});
  EXPECT_EQ(scene.chain.objects(), 1U);
}

TEST(RuleChain, OtherIdentityForgetsTheObjects) {
  Scene before(rules());
  std::ignore = before.frame({standing("1", 480, 100)});
  auto spec = rules();
  spec.identity = Identity::kIou;
  auto after = chain_of(spec);
  after.restore(before.chain.save());
  EXPECT_EQ(after.objects(), 0U);
}

TEST(RuleSpec, WhatIsWrongIsNamed) {
  const auto error = [](auto change) {
    RuleSpec spec;
    change(spec);
    const auto made = RuleChain::make(spec);
    return made ? "" : made.error().message;
  };
  EXPECT_EQ(error([](RuleSpec&) {}), "");
  EXPECT_THAT(error([](RuleSpec& s) { s.in_frames = 0; }), HasSubstr("in_frames: found 0, expected 1 to"));
  EXPECT_THAT(error([](RuleSpec& s) { s.out_frames = 0; }), HasSubstr("out_frames"));
  EXPECT_THAT(error([](RuleSpec& s) { s.sample_interval = 0; }), HasSubstr("sample_interval"));
  EXPECT_THAT(error([](RuleSpec& s) { s.max_objects = 0; }), HasSubstr("max_objects"));
  EXPECT_THAT(error([](RuleSpec& s) { s.iou_min = 0; }), HasSubstr("iou_min"));
  EXPECT_THAT(error([](RuleSpec& s) { s.size = SizeLimits{-1, 5}; }), HasSubstr("size.min_px: found -1"));
  EXPECT_THAT(error([](RuleSpec& s) { s.areas.resize(17); }), HasSubstr("areas, their number: found 17"));
  EXPECT_THAT(error([](RuleSpec& s) { s.areas = {{}, std::vector<Point>(101)}; }), HasSubstr("areas[1]"));
  EXPECT_THAT(error([](RuleSpec& s) { s.areas = {{{std::nan(""), 0}}}; }), HasSubstr("areas[0]"));
  EXPECT_THAT(error([](RuleSpec& s) { s.min_overlap = 1.1; }), HasSubstr("min_overlap"));
  EXPECT_THAT(error([](RuleSpec& s) {
                s.scores = ScoreLimits{50, {}};
              }),
              HasSubstr("scores.others: found 50"));
  EXPECT_THAT(error([](RuleSpec& s) {
                s.scores = ScoreLimits{0, {{3, -1}}};
              }),
              HasSubstr("scores.by_class[3]"));
  EXPECT_THAT(error([](RuleSpec& s) { s.stay_us = -1; }), HasSubstr("stay_us"));
  EXPECT_THAT(error([](RuleSpec& s) { s.leave_us = -1; }), HasSubstr("leave_us"));
  EXPECT_THAT(error([](RuleSpec& s) { s.lines.resize(17); }), HasSubstr("lines"));
  EXPECT_THAT(error([](RuleSpec& s) { s.lines = {{{3e9, 0}, {}, {}, {}}}; }), HasSubstr("lines[0]"));
  EXPECT_THAT(error([](RuleSpec& s) { s.hysteresis_px = -1; }), HasSubstr("hysteresis_px"));
  EXPECT_THAT(error([](RuleSpec& s) { s.alarm_interval = 1ULL << 40; }), HasSubstr("alarm_interval"));
  EXPECT_THAT(error([](RuleSpec& s) {
                s.schedule = ScheduleSpec{{}, {}, "Nowhere"};
              }),
              HasSubstr("schedule: time_zone"));
}

}  // namespace
}  // namespace stream::decision
