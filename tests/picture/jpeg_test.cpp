#include "stream/picture/jpeg.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "scene.hpp"

namespace stream::picture {
namespace {

// Overwrites the frame header's width and height.
std::string with_size(std::string jpeg, int width, int height) {
  const auto at = jpeg.find("\xFF\xC0");
  EXPECT_NE(at, std::string::npos);
  const auto put = [&](std::size_t offset, int value) {
    jpeg[at + offset] = static_cast<char>(value >> 8);
    jpeg[at + offset + 1] = static_cast<char>(value & 0xFF);
  };
  put(5, height);
  put(7, width);
  return jpeg;
}

TEST(Jpeg, EncodedPictureDecodesToAlmostTheSamePixels) {
  Image flat{{33, 17}, std::vector<std::uint8_t>(3UL * 33 * 17, 128)};
  fill_rect(flat, {0, 0, 16, 17}, {200, 40, 40});
  const auto jpeg = encode_jpeg(flat, 95);
  ASSERT_TRUE(jpeg) << jpeg.error().message;
  auto decoded = decode_jpeg(*jpeg);
  ASSERT_TRUE(decoded) << decoded.error().message;
  ASSERT_EQ(decoded->size, (Size{33, 17}));
  EXPECT_NEAR(decoded->at(4, 8)[0], 200, 6);
  EXPECT_NEAR(decoded->at(4, 8)[1], 40, 6);
  EXPECT_NEAR(decoded->at(30, 8)[1], 128, 6);
}

TEST(Jpeg, InspectTellsTheSize) {
  EXPECT_EQ(inspect_jpeg(scene_jpeg({641, 359})).value(), (Size{641, 359}));
}

TEST(Jpeg, PaddingAfterTheEndMarkIsAccepted) {
  EXPECT_TRUE(inspect_jpeg(scene_jpeg({64, 64}) + std::string(32, '\0')));
}

TEST(Jpeg, CutOffPictureIsAnError) {
  const auto jpeg = scene_jpeg({320, 200});
  for (const std::size_t keep : {jpeg.size() - 2, jpeg.size() - 1, jpeg.size() / 2, jpeg.size() / 4}) {
    const auto part = std::string_view(jpeg).substr(0, keep);
    const auto size = inspect_jpeg(part);
    ASSERT_FALSE(size) << keep;
    EXPECT_EQ(size.error().code, ErrorCode::kInvalid);
    EXPECT_FALSE(decode_jpeg(part)) << keep;
    EXPECT_FALSE(verify_jpeg(part)) << keep;
    EXPECT_FALSE(crop(part, {10, 10, 40, 40})) << keep;
  }
}

TEST(Jpeg, OtherBytesAreAnError) {
  for (const std::string& bytes : {std::string{}, std::string{"\xFF\xD8"}, std::string{"\x89PNG\r\n\x1a\n"},
                                   std::string(1000, '\xFF'), std::string("\xFF\xD8\xFF\xD9")}) {
    EXPECT_FALSE(inspect_jpeg(bytes));
    EXPECT_FALSE(decode_jpeg(bytes));
    EXPECT_FALSE(verify_jpeg(bytes));
    EXPECT_FALSE(crop(bytes, {0, 0, 1, 1}));
  }
}

TEST(Jpeg, HugeSizeIsRefusedByItsHeader) {
  const auto small = scene_jpeg({16, 16});
  for (const auto& [width, height] : {std::pair{65500, 16}, {16, 20000}, {16000, 16000}}) {
    const auto jpeg = with_size(small, width, height);
    const auto size = inspect_jpeg(jpeg);
    ASSERT_FALSE(size);
    EXPECT_NE(size.error().message.find(std::to_string(width)), std::string::npos) << size.error().message;
    EXPECT_FALSE(decode_jpeg(jpeg));
    EXPECT_FALSE(verify_jpeg(jpeg));
    EXPECT_FALSE(crop(jpeg, {0, 0, 8, 8}));
  }
}

TEST(Jpeg, DamagedPicturesNeverCrash) {
  const auto jpeg = scene_jpeg({96, 64});
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    auto damaged = jpeg;
    const auto changes = 1 + random() % 8;
    for (std::size_t i = 0; i < changes; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto image = decode_jpeg(damaged);
    if (!image) ++refused;
    EXPECT_EQ(verify_jpeg(damaged).has_value(), image.has_value()) << "round " << round;
    const auto part = crop(damaged, {30, 20, 20, 20});
    if (part) {
      EXPECT_LE(part->size.width, 20);
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(Jpeg, WrongQualityIsAnError) {
  EXPECT_FALSE(encode_jpeg(scene({8, 8}), 0));
  EXPECT_FALSE(encode_jpeg(scene({8, 8}), 101));
}

TEST(Jpeg, EmptyImageIsAnError) {
  EXPECT_FALSE(encode_jpeg(Image{}));
}

TEST(Jpeg, PlaceholderIsAValidPicture) {
  EXPECT_EQ(inspect_jpeg(placeholder_jpeg()).value(), (Size{320, 240}));
  EXPECT_TRUE(verify_jpeg(placeholder_jpeg()));
}

}  // namespace
}  // namespace stream::picture
