#include "line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace stream::decision {
namespace {

// From (100,0) down to (100,200); to the right of it x is larger.
constexpr LineSpec kUpright{{100, 0}, {100, 200}, {}, {}};

LineSpec directed(Point from, Point to) {
  auto spec = kUpright;
  spec.direction_start = from;
  spec.direction_end = to;
  return spec;
}

// What became of each step of the path.
std::vector<Crossing> follow(const LineSpec& spec, const std::vector<Point>& path, double hysteresis_px = 5) {
  const auto line = Line::from(spec, hysteresis_px).value();
  LineSide memory;
  std::optional<Point> last;
  std::vector<Crossing> crossings;
  for (const auto point : path) {
    crossings.push_back(line.follow(memory, last, point));
    last = point;
  }
  return crossings;
}

std::ptrdiff_t wanted(const LineSpec& spec, const std::vector<Point>& path, double hysteresis_px = 5) {
  const auto crossings = follow(spec, path, hysteresis_px);
  return std::count(crossings.begin(), crossings.end(), Crossing::kWanted);
}

TEST(Line, PassingThroughIsOneCrossingInTheStepThatGetsClear) {
  EXPECT_EQ(follow(kUpright, {{80, 50}, {103, 50}, {110, 50}, {120, 50}}),
            (std::vector{Crossing::kNone, Crossing::kNone, Crossing::kWanted, Crossing::kNone}));
}

TEST(Line, TouchingIsNoCrossing) {
  EXPECT_EQ(wanted(kUpright, {{80, 50}, {100, 50}, {80, 50}}), 0);
  EXPECT_EQ(wanted(kUpright, {{80, 50}, {100, 50}, {80, 50}}, 0), 0);
  EXPECT_EQ(wanted(kUpright, {{80, 50}, {100, 50}, {100, 60}, {80, 50}}, 0), 0);
}

TEST(Line, OverThePointOnTheLineIsACrossing) {
  EXPECT_EQ(wanted(kUpright, {{80, 50}, {100, 50}, {120, 50}}, 0), 1);
}

TEST(Line, TremblingOnTheLineIsOneCrossingAtMost) {
  std::vector<Point> path{{80, 50}};
  for (int i = 0; i < 50; ++i) path.push_back({i % 2 == 0 ? 104.0 : 96.0, 50});
  EXPECT_EQ(wanted(kUpright, path), 0);
  path.push_back({120, 50});
  EXPECT_EQ(wanted(kUpright, path), 1);
}

TEST(Line, PassingBeyondItsEndsIsNoCrossing) {
  EXPECT_EQ(wanted(kUpright, {{80, 250}, {120, 250}}), 0);
  EXPECT_EQ(wanted(kUpright, {{80, -10}, {120, -10}}), 0);
  EXPECT_EQ(wanted(kUpright, {{80, 200}, {120, 200}}), 1);  // the end belongs to it
}

TEST(Line, OnlyTheLastChangeOfSidesCounts) {
  // Through, back around the end, through again within the band: it went through.
  EXPECT_EQ(wanted(kUpright, {{80, 190}, {104, 190}, {104, 210}, {96, 210}, {96, 190}, {120, 190}}), 1);
  // Through, and at last around the end.
  EXPECT_EQ(wanted(kUpright, {{80, 190}, {104, 190}, {96, 190}, {96, 230}, {120, 230}}), 0);
}

TEST(Line, DirectionLetsOneWayCount) {
  const auto to_the_right = directed({50, 100}, {150, 100});
  EXPECT_EQ(follow(to_the_right, {{80, 50}, {120, 50}}).back(), Crossing::kWanted);
  EXPECT_EQ(follow(to_the_right, {{120, 50}, {80, 50}}).back(), Crossing::kUnwanted);
  EXPECT_EQ(wanted(to_the_right, {{80, 50}, {120, 50}, {80, 50}, {120, 50}}), 2);
  const auto slanting_left = directed({150, 0}, {149, 500});
  EXPECT_EQ(follow(slanting_left, {{120, 50}, {80, 50}}).back(), Crossing::kWanted);
}

TEST(Line, NoDirectionLetsBothWaysCount) {
  for (const auto& spec : {kUpright, directed({170, 260}, {170, 260}), directed({170, 260}, {170, 300})}) {
    EXPECT_EQ(wanted(spec, {{80, 50}, {120, 50}, {80, 50}}), 2);
  }
}

TEST(Line, PathThatBeginsNearItHasNoSideYet) {
  EXPECT_EQ(wanted(kUpright, {{97, 50}, {120, 50}}), 0);
  EXPECT_EQ(wanted(kUpright, {{100, 50}, {120, 50}, {80, 50}}, 0), 1);
}

TEST(Line, OfNoLengthIsNone) {
  EXPECT_FALSE(Line::from({{5, 5}, {5, 5}, {0, 0}, {9, 9}}, 5));
  EXPECT_FALSE(Line::from({}, 5));
}

class AnyPath : public ::testing::TestWithParam<unsigned> {};

TEST_P(AnyPath, EndlessLineIsCrossedAtEveryChangeOfSides) {
  std::mt19937 random(GetParam());
  std::uniform_int_distribution<int> coordinate(-20, 20);
  for (int round = 0; round < 200; ++round) {
    const LineSpec endless{{-1e6, -1e6}, {1e6, 1e6}, {}, {}};
    std::vector<Point> path(50);
    for (auto& p : path) p = {double(coordinate(random)), double(coordinate(random))};
    std::ptrdiff_t changes = 0;
    double side = 0;
    for (const auto& p : path) {
      const double now = p.y - p.x;
      if (now * side < 0) ++changes;
      if (now != 0) side = now;
    }
    EXPECT_EQ(wanted(endless, path, 0), changes);
  }
}

TEST_P(AnyPath, DirectionsShareTheCrossingsBetweenThem) {
  std::mt19937 random(GetParam());
  std::uniform_int_distribution<int> x(60, 140), y(-50, 250);
  for (int round = 0; round < 200; ++round) {
    std::vector<Point> path(50);
    for (auto& p : path) p = {double(x(random)), double(y(random))};
    EXPECT_EQ(wanted(directed({0, 0}, {1, 0}), path) + wanted(directed({1, 0}, {0, 0}), path),
              wanted(kUpright, path));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyPath, ::testing::Range(1U, 6U));

}  // namespace
}  // namespace stream::decision
