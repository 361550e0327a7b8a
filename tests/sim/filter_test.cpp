#include "filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stream::sim {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// 12:00:00 by the filter's clock.
constexpr std::int64_t kNoon = 43'200'000;

json rule_json(int type) {
  return {{"type", type},
          {"alert_first_frame", 0},
          {"alert_frame_skip_nums", 1},
          {"classes", {0}},
          {"areas",
           json::parse(
               R"([[{"left":0,"top":0},{"left":100,"top":0},{"left":100,"top":100},{"left":0,"top":100}]])")},
          {"times", {{{"time_start", "00:00:00"}, {"time_end", "24:00:00"}}}}};
}

Result<FilterConfig> read(const json& rule) {
  const json configure = {{"rules", {{{"channel_id", 0}, {"filters", {rule}}}}}};
  std::optional<Error> error;
  auto config = read_filter(JsonReader(configure, "filter.json: ", error));
  if (error) return tl::unexpected(*error);
  return config;
}

Filter filter_of(const json& rule, int channel_id = 0) {
  const auto config = read(rule);
  EXPECT_TRUE(config) << config.error().message;
  return Filter(*config, channel_id);
}

// A tracked and read object of 10x10 px at (x, 10).
void add(Objects& objects, int x, std::int64_t id, int class_id = 0) {
  objects.detections.push_back({{x, 10, 10, 10}, class_id, 0.9F});
  objects.track_ids.push_back(id);
  objects.plates.push_back({"P" + std::to_string(id), {x, 10, 10, 10}});
}

Objects one(int x, std::int64_t id = 1, int class_id = 0) {
  Objects objects;
  add(objects, x, id, class_id);
  return objects;
}

std::vector<int> passes(Filter filter, const std::vector<Objects>& frames) {
  std::vector<int> passed;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    auto objects = frames[i];
    if (filter.pass(objects, kNoon)) passed.push_back(static_cast<int>(i));
  }
  return passed;
}

TEST(MeetsArea, BoxMustLieWhollyInsideAPolygon) {
  const std::vector<Point> triangle = {{0, 0}, {200, 0}, {0, 200}};
  EXPECT_TRUE(meets_area({10, 10, 20, 20}, triangle));
  EXPECT_FALSE(meets_area({90, 90, 20, 20}, triangle)) << "across the long side";
  EXPECT_FALSE(meets_area({150, 150, 20, 20}, triangle)) << "outside";
  EXPECT_FALSE(meets_area({0, 10, 20, 20}, triangle)) << "touching the outline";
}

TEST(MeetsArea, NotchCutsThroughABoxThoughItsCornersAreInside) {
  const std::vector<Point> notched = {{0, 0}, {100, 0}, {100, 100}, {55, 100}, {50, 40}, {45, 100}, {0, 100}};
  EXPECT_FALSE(meets_area({20, 20, 60, 60}, notched));
  EXPECT_TRUE(meets_area({5, 20, 30, 60}, notched));
}

TEST(MeetsArea, BoxPassesALineItTouches) {
  const std::vector<Point> line = {{50, 0}, {50, 100}};
  EXPECT_TRUE(meets_area({40, 40, 20, 20}, line));
  EXPECT_TRUE(meets_area({50, 40, 20, 20}, line)) << "by its edge";
  EXPECT_FALSE(meets_area({51, 40, 20, 20}, line));
  EXPECT_TRUE(meets_area({0, -10, 100, 200}, line)) << "which lies inside it";
}

TEST(MeetsArea, NoPointsMeanEverywhere) {
  EXPECT_TRUE(meets_area({5, 5, 1, 1}, {}));
}

TEST(Filter, FrameWithoutAnythingInTheAreaIsHeldBack) {
  EXPECT_THAT(passes(filter_of(rule_json(1)), {one(10), one(500), one(20), Objects{}}), ElementsAre(0, 2));
}

TEST(Filter, OtherChannelsPassUntouched) {
  EXPECT_THAT(passes(filter_of(rule_json(1), 7), {one(500), Objects{}}), ElementsAre(0, 1));
}

TEST(Filter, OtherClassesAreHeldBack) {
  EXPECT_THAT(passes(filter_of(rule_json(1)), {one(10, 1, 2)}), IsEmpty());
}

TEST(Filter, RuleWithoutAreasClassesOrTimesLetsNothingThrough) {
  for (const char* key : {"areas", "classes", "times"}) {
    json rule = rule_json(1);
    rule[key] = json::array();
    EXPECT_THAT(passes(filter_of(rule), {one(10)}), IsEmpty()) << key;
  }
}

TEST(Filter, TypeSaysWhichListsAreThinned) {
  Objects both = one(10, 1);
  add(both, 500, 2);
  struct Left {
    std::size_t detections, track_ids, plates;
    bool operator==(const Left&) const = default;
  };
  const auto left = [&](int type) {
    auto filter = filter_of(rule_json(type));
    auto objects = both;
    EXPECT_TRUE(filter.pass(objects, kNoon));
    return Left{objects.detections.size(), objects.track_ids.size(), objects.plates.size()};
  };
  EXPECT_EQ(left(0), (Left{1, 2, 1}));
  EXPECT_EQ(left(1), (Left{1, 1, 2}));
  EXPECT_EQ(left(2), (Left{1, 2, 2}));
}

TEST(Filter, ObjectPassesAfterTheFirstFramesThenEverySoManyFrames) {
  json rule = rule_json(1);
  rule["alert_first_frame"] = 2;
  rule["alert_frame_skip_nums"] = 3;
  EXPECT_THAT(passes(filter_of(rule), std::vector<Objects>(9, one(10))), ElementsAre(2, 5, 8));
}

TEST(Filter, CountingBeginsAgainWhenAnotherObjectCameBetween) {
  json rule = rule_json(1);
  rule["alert_first_frame"] = 1;
  rule["alert_frame_skip_nums"] = 100;
  EXPECT_THAT(passes(filter_of(rule), {one(10, 1), one(10, 1), one(10, 2), one(10, 1), one(10, 1)}),
              ElementsAre(1, 4));
}

TEST(Filter, ClassTypeDoesNotCountFrames) {
  json rule = rule_json(2);
  rule["alert_first_frame"] = 5;
  EXPECT_THAT(passes(filter_of(rule), {one(10), one(10)}), ElementsAre(0, 1));
}

// As the shipped algorithms write it.
TEST(Filter, OpenedRuleLetsEveryFrameThroughWithAllItHolds) {
  for (const int type : {0, 1, 2}) {
    json rule = rule_json(type);
    rule["areas"] = json::parse("[[]]");
    Filter filter = filter_of(rule);
    for (const std::int64_t timestamp : {std::int64_t{0}, kNoon, std::int64_t{86'399'999}}) {
      Objects objects = one(5000, 1);
      add(objects, -20, 2);
      add(objects, 40, 2);
      const Objects before = objects;
      EXPECT_TRUE(filter.pass(objects, timestamp)) << type;
      EXPECT_EQ(objects.detections.size(), before.detections.size()) << type;
      EXPECT_EQ(objects.track_ids, before.track_ids);
      EXPECT_EQ(objects.plates.size(), before.plates.size());
    }
  }
}

TEST(Filter, TimeOfDayIsReadWithTheRealOnesMistakes) {
  json rule = rule_json(2);
  const auto open_at = [&](const char* end, std::int64_t timestamp_us) {
    rule["times"] = {{{"time_start", "00 00 00"}, {"time_end", end}}};
    auto filter = filter_of(rule);
    auto objects = one(10);
    return filter.pass(objects, timestamp_us);
  };
  constexpr std::int64_t kJustBeforeMidnight = 86'399'000;
  EXPECT_TRUE(open_at("24:00:00", kJustBeforeMidnight));
  EXPECT_FALSE(open_at("23 59 59", kJustBeforeMidnight)) << "should read as 23:09:09";
  EXPECT_TRUE(open_at("23 59 59", kNoon));
  // Microseconds are taken for milliseconds: a day later is 86.4 s later.
  EXPECT_TRUE(open_at("12:00:00", kNoon + 86'400'000));
  EXPECT_FALSE(open_at("12:00:00", kNoon + 1));
}

TEST(ReadFilter, MistakesAreNamedWithTheirPlace) {
  const auto message_for = [](const char* key, const json& value) {
    json rule = rule_json(1);
    rule[key] = value;
    const auto config = read(rule);
    return config ? "" : config.error().message;
  };
  EXPECT_EQ(message_for("type", 3),
            "filter.json: /rules/0/filters/0/type: found 3, expected an integer from 0 to 2");
  EXPECT_THAT(message_for("alert_frame_skip_nums", 0), HasSubstr("found 0"));
  EXPECT_THAT(message_for("areas", json::parse(R"([[{"left":"x","top":1}]])")),
              HasSubstr("/areas/0/0/left: found \"x\", expected an integer"));
  EXPECT_THAT(message_for("times", json::parse(R"([{"time_start":"soon","time_end":"24:00:00"}])")),
              HasSubstr("/times/0/time_start: found \"soon\""));
  EXPECT_THAT(message_for("classes", "car"), HasSubstr("expected an array"));
}

}  // namespace
}  // namespace stream::sim
