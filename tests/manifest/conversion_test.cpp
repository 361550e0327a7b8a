#include "stream/manifest/conversion.hpp"

#include <gtest/gtest.h>

namespace stream::manifest {
namespace {

using nlohmann::json;

json result(const json& value, Conversion conversion, bool is_list = true) {
  std::optional<Error> error;
  const auto made = converted(JsonReader(value, "/v", error), conversion, is_list);
  if (error) return error->message;
  return made ? *made : json("absent");
}

json area(std::initializer_list<std::pair<int, int>> corners) {
  json points = json::array();
  for (const auto& [x, y] : corners) points.push_back({{"X", x}, {"Y", y}});
  return points;
}

json wire(int x1, int y1, int x2, int y2) {
  return {{"LineStart", {{"X", x1}, {"Y", y1}}}, {"LineEnd", {{"X", x2}, {"Y", y2}}}};
}

TEST(Converted, ThresholdIsAFractionUpToOneAndAPercentageAbove) {
  const auto fraction = [](const json& value) { return result(value, Conversion::kFraction, false); };
  EXPECT_EQ(fraction(0.5), 0.5);
  EXPECT_EQ(fraction(1), 1);
  EXPECT_EQ(fraction(62.5), 0.625);
  EXPECT_EQ(fraction(100), 1.0);
  EXPECT_EQ(fraction(0), 0);
  EXPECT_EQ(fraction(101), "/v: found 101, expected a number from 0 to 100");
  EXPECT_EQ(fraction("50"), "/v: found \"50\", expected a number");
}

TEST(Converted, RectangleIsAroundAllAreasAndNotNegative) {
  const auto rect = [](const json& areas) { return result(areas, Conversion::kBoundingRect); };
  EXPECT_EQ(rect({area({{-50, -20}, {100, 0}, {100, 90}}), area({{300, 10}, {400, 10}, {350, 40}})}),
            (json{{"left", 0}, {"top", 0}, {"width", 400}, {"height", 90}}));
  EXPECT_EQ(rect(json::array({area({{-50, -20}, {-1, 0}, {-1, 90}})})), "absent");
  EXPECT_EQ(rect(json::array({area({{5, 5}, {5, 9}, {5, 7}})})), "absent");
  EXPECT_EQ(rect(json::array({area({{5, 5}, {50, 50}})})), "absent");
  EXPECT_EQ(rect(json::array()), "absent");
}

TEST(Converted, AreasOfLessThanThreeCornersAreLeftOut) {
  const json areas = {area({{-1, 2}, {30, 4}, {5, 60}}), area({{1, 2}, {3, 4}}), json::array()};
  EXPECT_EQ(result(areas, Conversion::kPolygons),
            json::parse(R"([[{"left":0,"top":2},{"left":30,"top":4},{"left":5,"top":60}]])"));
  EXPECT_EQ(result(areas, Conversion::kAreas),
            json::parse(R"([[{"x":-1,"y":2},{"x":30,"y":4},{"x":5,"y":60}]])"));
  EXPECT_EQ(result(areas[0], Conversion::kAreas, false).size(), 1U);
  EXPECT_EQ(result(json::array({area({{1, 2}})}), Conversion::kAreas), "absent");
  EXPECT_EQ(result(json::array({5}), Conversion::kAreas), "/v/0: found 5, expected an array");
}

TEST(Converted, LinesThatWereNeverDrawnAreLeftOut) {
  json drawn = wire(1, 2, 3, 4);
  drawn["DirectStart"] = {{"X", 5}, {"Y", 6}};
  drawn["DirectEnd"] = {{"X", 7}, {"Y", 8}};
  const json wires = {drawn, wire(0, 0, 0, 0)};
  EXPECT_EQ(result(wires, Conversion::kLines), json::parse(R"([[{"left":1,"top":2},{"left":3,"top":4}]])"));
  EXPECT_EQ(result(wires, Conversion::kDirectedLines),
            json::parse(R"([{"start":{"x":1,"y":2},"end":{"x":3,"y":4},
      "direction_start":{"x":5,"y":6},"direction_end":{"x":7,"y":8}}])"));
  EXPECT_EQ(result(json::array({wire(0, 0, 0, 0)}), Conversion::kLines), "absent");
  drawn.erase("DirectStart");
  EXPECT_EQ(result(json::array({drawn}), Conversion::kDirectedLines),
            "/v/0/DirectStart/X: found nothing, expected an integer");
}

TEST(Converted, IntegersAndTexts) {
  EXPECT_EQ(result(7, Conversion::kInteger, false), 7);
  EXPECT_EQ(result(7.5, Conversion::kInteger, false), "/v: found 7.5, expected an integer");
  EXPECT_EQ(result("a", Conversion::kText, false), "a");
  EXPECT_EQ(result({{"a", 1}}, Conversion::kText, false), "{\"a\":1}");
}

}  // namespace
}  // namespace stream::manifest
