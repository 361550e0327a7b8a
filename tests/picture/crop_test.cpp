#include <gtest/gtest.h>

#include <limits>

#include "scene.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::picture {
namespace {

constexpr int kMin = std::numeric_limits<int>::min();
constexpr int kMax = std::numeric_limits<int>::max();

TEST(Crop, HasThePixelsOfTheWholePicture) {
  const auto jpeg = scene_jpeg({251, 187});
  auto whole = decode_jpeg(jpeg).value();
  for (const Rect rect : {Rect{0, 0, 251, 187}, Rect{37, 53, 61, 45}, Rect{16, 16, 32, 32},
                          Rect{250, 186, 1, 1}, Rect{0, 100, 5, 87}, Rect{201, 0, 50, 1}}) {
    auto part = crop(jpeg, rect);
    ASSERT_TRUE(part) << part.error().message;
    ASSERT_EQ(part->size, (Size{rect.width, rect.height}));
    for (int y = 0; y < rect.height; ++y) {
      for (int x = 0; x < rect.width; ++x) {
        for (int c = 0; c < 3; ++c) {
          ASSERT_EQ(part->at(x, y)[c], whole.at(rect.x + x, rect.y + y)[c])
              << "at " << x << "," << y << " of " << rect.x << "," << rect.y;
        }
      }
    }
  }
}

TEST(Crop, RectangleIsClippedToThePicture) {
  const auto jpeg = scene_jpeg({100, 80});
  EXPECT_EQ(crop(jpeg, {-10, -10, 30, 30}).value().size, (Size{20, 20}));
  EXPECT_EQ(crop(jpeg, {90, 70, 1000, 1000}).value().size, (Size{10, 10}));
  EXPECT_EQ(crop(jpeg, {kMin, 0, kMax, 10}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(crop(jpeg, {-1, -1, kMax, kMax}).value().size, (Size{100, 80}));
}

TEST(Crop, RectangleOutsideThePictureIsAnError) {
  const auto jpeg = scene_jpeg({100, 80});
  for (const Rect rect :
       {Rect{100, 0, 10, 10}, Rect{0, 0, 0, 10}, Rect{5, 5, -3, 10}, Rect{kMax, kMax, kMax, kMax}}) {
    const auto part = crop(jpeg, rect);
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().code, ErrorCode::kInvalid);
  }
}

TEST(SquareAround, AddsTheMarginAroundTheLongerSide) {
  EXPECT_EQ(square_around({100, 100, 40, 20}, 20, {640, 480}), (Rect{80, 70, 80, 80}));
}

TEST(SquareAround, IsMovedIntoThePicture) {
  EXPECT_EQ(square_around({0, 0, 40, 40}, 20, {640, 480}), (Rect{0, 0, 80, 80}));
  EXPECT_EQ(square_around({620, 470, 20, 10}, 20, {640, 480}), (Rect{580, 420, 60, 60}));
}

TEST(SquareAround, IsCutWhenThePictureIsSmaller) {
  EXPECT_EQ(square_around({10, 10, 300, 50}, 20, {640, 200}), (Rect{0, 0, 340, 200}));
}

TEST(SquareAround, AnyValuesGiveARectangleInsideThePicture) {
  for (const Rect box : {Rect{kMin, kMin, kMax, kMax}, Rect{kMax, kMax, kMax, kMax},
                         Rect{kMax, kMin, kMin, 0}, Rect{-5, 900, 0, 0}}) {
    const auto square = square_around(box, 20, {640, 480});
    EXPECT_GE(square.x, 0);
    EXPECT_GE(square.y, 0);
    EXPECT_GE(square.width, 1);
    EXPECT_GE(square.height, 1);
    EXPECT_LE(square.x + square.width, 640);
    EXPECT_LE(square.y + square.height, 480);
  }
  EXPECT_EQ(square_around({0, 0, 10, 10}, 20, {0, 0}), (Rect{0, 0, 0, 0}));
}

}  // namespace
}  // namespace stream::picture
