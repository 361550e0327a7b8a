#include "areas.hpp"

#include <gtest/gtest.h>

namespace stream::decision {
namespace {

constexpr Canvas kFrame{1920, 1080};
constexpr Canvas kDrawing{960, 540};

TEST(Place, AnchorIsTheMiddleOfTheLowerEdge) {
  const auto place = place_of({100, 200, 50, 80}, Anchor::kBottomCentre, kFrame, {});
  EXPECT_EQ(place.anchor, (Point{125, 280}));
  EXPECT_EQ(place_of({100, 200, 50, 80}, Anchor::kCentre, kFrame, {}).anchor, (Point{125, 240}));
}

TEST(Place, BoxIsScaledToTheDrawing) {
  const auto place = place_of({100, 200, 50, 80}, Anchor::kBottomCentre, kFrame, kDrawing);
  EXPECT_EQ(place.anchor, (Point{62.5, 140}));
  EXPECT_EQ(place.box.left, 50);
  EXPECT_EQ(place.box.bottom, 140);
}

TEST(Place, UnknownSizesScaleNothing) {
  for (const auto& [frame, drawn] : {std::pair{Canvas{}, kDrawing}, std::pair{kFrame, Canvas{960, 0}}}) {
    EXPECT_EQ(place_of({100, 200, 50, 80}, Anchor::kBottomCentre, frame, drawn).anchor, (Point{125, 280}));
  }
}

TEST(Place, BoxIsCutToTheFrame) {
  EXPECT_EQ(place_of({-20, 1000, 40, 200}, Anchor::kBottomCentre, kFrame, {}).anchor, (Point{10, 1080}));
  EXPECT_EQ(place_of({-20, 1000, 40, 200}, Anchor::kBottomCentre, {}, {}).anchor, (Point{0, 1200}));
  EXPECT_EQ(place_of({10, 10, -5, -5}, Anchor::kCentre, kFrame, {}).anchor, (Point{10, 10}));
}

Place at(double x, double y) {
  return {{x - 10, y - 20, x + 10, y}, {x, y}};
}

TEST(Areas, ThoseThatEncloseNothingAreLeftOut) {
  const Areas none({{}, {{0, 0}, {0, 0}, {0, 0}, {0, 0}}, {{0, 0}, {9, 9}}}, 0);
  EXPECT_TRUE(none.empty());
  const Areas one({{{0, 0}, {0, 0}}, {{0, 0}, {100, 0}, {0, 100}}}, 0);
  EXPECT_EQ(one.all(), 0b10U);
  EXPECT_EQ(one.holding(at(10, 10)), 0b10U);
}

TEST(Areas, AllThatHoldThePointAreNamed) {
  const Areas areas({{{0, 0}, {100, 0}, {100, 100}, {0, 100}}, {{50, 0}, {150, 0}, {150, 100}, {50, 100}}},
                    0);
  EXPECT_EQ(areas.holding(at(25, 50)), 0b01U);
  EXPECT_EQ(areas.holding(at(75, 50)), 0b11U);
  EXPECT_EQ(areas.holding(at(125, 50)), 0b10U);
  EXPECT_EQ(areas.holding(at(175, 50)), 0U);
}

TEST(Areas, ShareOfTheBoxDecidesWhenItIsAskedFor) {
  const std::vector<std::vector<Point>> rings{{{0, 0}, {100, 0}, {100, 100}, {0, 100}}};
  EXPECT_EQ(Areas(rings, 0.5).holding(at(100, 50)), 1U);  // exactly half
  EXPECT_EQ(Areas(rings, 0.51).holding(at(100, 50)), 0U);
  EXPECT_EQ(Areas(rings, 0.01).holding({{50, 50, 50, 50}, {50, 50}}), 0U);  // a box of no size
  EXPECT_DOUBLE_EQ(Areas(rings, 0.51).best_share(at(100, 50)).share, 0.5);
}

TEST(Areas, BorderIsInsideWhateverTheScaleRounds) {
  // Three sevenths of a pixel cannot be written down exactly.
  const Canvas drawn{700, 700}, frame{300, 300};
  const Areas areas({{{0, 0}, {700, 0}, {0, 700}}}, 0);
  for (int x = 0; x <= 300; x += 2) {
    EXPECT_EQ(areas.holding(place_of({x - 1, 0, 2, 300 - x}, Anchor::kBottomCentre, {}, {})), 1U) << x;
    EXPECT_EQ(areas.holding(place_of({x, 0, 0, 300 - x}, Anchor::kBottomCentre, frame, drawn)), 1U) << x;
  }
}

TEST(Areas, WholeFrameHoldsEverything) {
  const Areas areas({{{0, 0}, {100, 0}, {100, 100}, {0, 100}}, {{0, 0}, {960, 0}, {960, 540}, {0, 540}}}, 0);
  EXPECT_EQ(areas.holding_all(kFrame, kDrawing), 0b10U);
  EXPECT_EQ(areas.holding_all(kFrame, {}), 0U);
  EXPECT_EQ(areas.holding_all({}, kDrawing), 0U);
}

}  // namespace
}  // namespace stream::decision
