#include <gtest/gtest.h>

#include <limits>

#include "stream/picture/jpeg.hpp"

namespace stream::picture {
namespace {

constexpr int kMin = std::numeric_limits<int>::min();
constexpr int kMax = std::numeric_limits<int>::max();
constexpr Colour kInk{1, 2, 3};

Image blank(int width, int height) {
  return {{width, height}, std::vector<std::uint8_t>(3 * static_cast<std::size_t>(width * height), 255)};
}

int inked(Image& image) {
  int count = 0;
  for (int y = 0; y < image.size.height; ++y) {
    for (int x = 0; x < image.size.width; ++x) count += image.at(x, y)[0] == kInk.r;
  }
  return count;
}

TEST(Draw, RectangleCoversExactlyItsPixels) {
  auto image = blank(10, 8);
  fill_rect(image, {2, 3, 4, 2}, kInk);
  EXPECT_EQ(inked(image), 8);
  EXPECT_EQ(image.at(2, 3)[2], kInk.b);
  EXPECT_EQ(image.at(5, 4)[1], kInk.g);
  EXPECT_EQ(image.at(6, 4)[1], 255);
}

TEST(Draw, LineReachesBothEnds) {
  auto image = blank(20, 20);
  draw_line(image, 2, 3, 15, 17, 1, kInk);
  EXPECT_EQ(image.at(2, 3)[0], kInk.r);
  EXPECT_EQ(image.at(15, 17)[0], kInk.r);
  EXPECT_EQ(image.at(15, 3)[0], 255);
}

TEST(Draw, LineIsAsThickAsAsked) {
  auto image = blank(20, 20);
  draw_line(image, 0, 10, 19, 10, 3, kInk);
  EXPECT_EQ(inked(image), 60);
}

TEST(Draw, DiscIsRound) {
  auto image = blank(21, 21);
  draw_disc(image, 10, 10, 5, kInk);
  EXPECT_EQ(image.at(15, 10)[0], kInk.r);
  EXPECT_EQ(image.at(10, 5)[0], kInk.r);
  EXPECT_EQ(image.at(14, 14)[0], 255);
}

TEST(Draw, WhatIsOutsideIsLeftOut) {
  auto image = blank(10, 10);
  fill_rect(image, {20, 20, 5, 5}, kInk);
  fill_rect(image, {0, 0, -3, 5}, kInk);
  draw_disc(image, kMax, kMin, 3, kInk);
  draw_line(image, kMin, -100, kMax, -100, 5, kInk);
  EXPECT_EQ(inked(image), 0);
  draw_line(image, kMin, 5, kMax, 5, 1, kInk);
  EXPECT_EQ(inked(image), 10);
  fill_rect(image, {kMin, kMin, kMax, kMax}, kInk);
  EXPECT_EQ(inked(image), 10);
}

TEST(Draw, EmptyImageStaysEmpty) {
  Image image;
  draw_line(image, 0, 0, 5, 5, 3, kInk);
  EXPECT_TRUE(image.rgb.empty());
}

}  // namespace
}  // namespace stream::picture
