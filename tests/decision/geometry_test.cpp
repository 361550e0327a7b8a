#include "geometry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace stream::decision {
namespace {

using Ring = std::vector<Point>;

Region region(const Ring& ring) {
  return Region::inside(ring).value();
}

TEST(Region, SquareHoldsItsInsideAndItsBorder) {
  const auto square = region({{0, 0}, {10, 0}, {10, 10}, {0, 10}});
  EXPECT_DOUBLE_EQ(square.area(), 100);
  for (const Point p : {Point{5, 5}, Point{0, 0}, Point{10, 10}, Point{0, 5}, Point{5, 10}, Point{10, 0}}) {
    EXPECT_TRUE(square.contains(p)) << p.x << "," << p.y;
  }
  for (const Point p :
       {Point{-0.5, 5}, Point{10.5, 5}, Point{5, -1}, Point{5, 11}, Point{-5, 0}, Point{15, 10}}) {
    EXPECT_FALSE(square.contains(p)) << p.x << "," << p.y;
  }
}

TEST(Region, WhatEnclosesNothingIsNone) {
  EXPECT_FALSE(Region::inside({}));
  EXPECT_FALSE(Region::inside({{0, 0}, {0, 0}, {0, 0}, {0, 0}}));
  EXPECT_FALSE(Region::inside({{0, 0}, {5, 5}}));
  EXPECT_FALSE(Region::inside({{0, 0}, {5, 5}, {10, 10}}));
  EXPECT_FALSE(Region::inside({{0, 0}, {100, 0}, {0, 0}, {50, 0}}));
  EXPECT_FALSE(Region::inside({{0, 0}, {1, 0}, {0, 1}}));  // half a pixel
}

TEST(Region, NotchOfAConcaveRingIsOutside) {
  const auto notched = region({{0, 0}, {10, 0}, {10, 10}, {5, 2}, {0, 10}});
  EXPECT_FALSE(notched.contains({5, 8}));
  EXPECT_TRUE(notched.contains({1, 7}));
  EXPECT_DOUBLE_EQ(notched.area(), 60);
  EXPECT_DOUBLE_EQ(notched.overlap({4, 8, 6, 10}), 0);
}

TEST(Region, BothLobesOfAFigureOfEightAreInside) {
  const auto eight = region({{0, 0}, {10, 10}, {10, 0}, {0, 10}});
  EXPECT_TRUE(eight.contains({1, 5}));
  EXPECT_TRUE(eight.contains({9, 5}));
  EXPECT_FALSE(eight.contains({5, 1}));
  EXPECT_DOUBLE_EQ(eight.area(), 50);
  EXPECT_DOUBLE_EQ(eight.overlap({0, 0, 5, 10}), 25);
}

TEST(Region, MiddleOfAPentagramIsInside) {
  const auto star = region({{50, 0}, {79, 90}, {2, 35}, {98, 35}, {21, 90}});
  EXPECT_TRUE(star.contains({50, 50}));
  EXPECT_NEAR(star.overlap({45, 45, 55, 55}), 100, 1e-9);
}

TEST(Region, OverlapIsTheCommonPart) {
  const auto triangle = region({{0, 0}, {10, 0}, {0, 10}});
  EXPECT_DOUBLE_EQ(triangle.overlap({0, 0, 10, 10}), 50);
  EXPECT_DOUBLE_EQ(triangle.overlap({-5, -5, 5, 5}), 25);
  EXPECT_DOUBLE_EQ(triangle.overlap({5, 5, 10, 10}), 0);
  EXPECT_DOUBLE_EQ(triangle.overlap({2, 2, 8, 8}), 18);
  EXPECT_DOUBLE_EQ(triangle.overlap({3, 3, 3, 8}), 0);  // of no size
}

// Rings of any shape, most of which cross themselves.
class AnyRing : public ::testing::TestWithParam<unsigned> {
 protected:
  Ring any_ring() {
    Ring ring(std::uniform_int_distribution<std::size_t>(3, 9)(random_));
    for (auto& p : ring) p = {coordinate(), coordinate()};
    return ring;
  }
  double coordinate() { return std::uniform_int_distribution<int>(0, 40)(random_); }

  std::mt19937 random_{GetParam()};
};

TEST_P(AnyRing, OverlapIsTheShareOfPointsInside) {
  for (int round = 0; round < 20; ++round) {
    const auto made = Region::inside(any_ring());
    if (!made) continue;
    const double left = coordinate(), top = coordinate();
    const Rect rect{left, top, left + 1 + coordinate(), top + 1 + coordinate()};
    constexpr int kSteps = 200;
    int inside = 0;
    for (int i = 0; i < kSteps; ++i) {
      for (int k = 0; k < kSteps; ++k) {
        inside += made->contains({rect.left + (rect.right - rect.left) * (i + 0.5) / kSteps,
                                  rect.top + (rect.bottom - rect.top) * (k + 0.5) / kSteps});
      }
    }
    EXPECT_NEAR(made->overlap(rect) / rect.area(), double(inside) / kSteps / kSteps, 0.02);
  }
}

TEST_P(AnyRing, PartsOfACutRectangleAddUp) {
  for (int round = 0; round < 200; ++round) {
    const auto made = Region::inside(any_ring());
    if (!made) continue;
    const double x = coordinate(), y = coordinate();
    const double sum = made->overlap({-1, -1, x, y}) + made->overlap({x, -1, 41, y}) +
                       made->overlap({-1, y, x, 41}) + made->overlap({x, y, 41, 41});
    EXPECT_NEAR(sum, made->area(), 1e-6);
  }
}

TEST_P(AnyRing, SenseAndFirstCornerDoNotMatter) {
  for (int round = 0; round < 200; ++round) {
    auto ring = any_ring();
    const auto made = Region::inside(ring);
    std::reverse(ring.begin(), ring.end());
    std::rotate(ring.begin(), ring.begin() + 1, ring.end());
    const auto other = Region::inside(ring);
    ASSERT_EQ(made.has_value(), other.has_value());
    if (!made) continue;
    EXPECT_NEAR(made->area(), other->area(), 1e-6);
    for (int i = 0; i < 20; ++i) {
      const Point p{coordinate(), coordinate()};
      EXPECT_EQ(made->contains(p), other->contains(p));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyRing, ::testing::Range(1U, 6U));

}  // namespace
}  // namespace stream::decision
