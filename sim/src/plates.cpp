#include "plates.hpp"

#include <array>
#include <string_view>

namespace stream::sim {

namespace {

constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";  // no I and O on plates
constexpr std::size_t kLettersOnly = 24;
constexpr std::array<std::string_view, 10> kProvinces = {"京", "沪", "津", "渝", "粤",
                                                         "苏", "浙", "鲁", "闽", "川"};
constexpr std::size_t kProvinceBytes = 3;  // each in UTF-8
constexpr int kGlyphWidth = 5, kGlyphHeight = 7;

// Seven rows of five dots for each of kLetters, the highest bit on the left.
constexpr std::array<std::array<std::uint8_t, kGlyphHeight>, kLetters.size()> kFont = {{
    {14, 17, 17, 31, 17, 17, 17}, {30, 17, 17, 30, 17, 17, 30}, {14, 17, 16, 16, 16, 17, 14},
    {30, 17, 17, 17, 17, 17, 30}, {31, 16, 16, 30, 16, 16, 31}, {31, 16, 16, 30, 16, 16, 16},
    {14, 17, 16, 23, 17, 17, 15}, {17, 17, 17, 31, 17, 17, 17}, {7, 2, 2, 2, 2, 18, 12},
    {17, 18, 20, 24, 20, 18, 17}, {16, 16, 16, 16, 16, 16, 31}, {17, 27, 21, 21, 17, 17, 17},
    {17, 25, 21, 19, 17, 17, 17}, {30, 17, 17, 30, 16, 16, 16}, {14, 17, 17, 17, 21, 18, 13},
    {30, 17, 17, 30, 20, 18, 17}, {15, 16, 16, 14, 1, 1, 30},   {31, 4, 4, 4, 4, 4, 4},
    {17, 17, 17, 17, 17, 17, 14}, {17, 17, 17, 17, 17, 10, 4},  {17, 17, 17, 21, 21, 21, 10},
    {17, 17, 10, 4, 10, 17, 17},  {17, 17, 10, 4, 4, 4, 4},     {31, 1, 2, 4, 8, 16, 31},
    {14, 17, 19, 21, 25, 17, 14}, {4, 12, 4, 4, 4, 4, 14},      {14, 17, 1, 2, 4, 8, 31},
    {31, 2, 4, 2, 1, 17, 14},     {2, 6, 10, 18, 31, 2, 2},     {31, 16, 30, 1, 1, 17, 14},
    {6, 8, 16, 30, 17, 17, 14},   {31, 1, 2, 4, 8, 8, 8},       {14, 17, 17, 14, 17, 17, 14},
    {14, 17, 17, 15, 1, 2, 12},
}};

constexpr picture::Colour kBlue{20, 60, 170}, kWhite{245, 245, 245};

}  // namespace

std::uint64_t mix(std::uint64_t seed, std::uint64_t number) {
  // SplitMix64 (Steele, Lea and Flood 2014).
  std::uint64_t z = seed * 0x9E3779B97F4A7C15U + number + 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

std::string make_plate(std::uint64_t number) {
  std::string plate(kProvinces[mix(number, 0) % kProvinces.size()]);
  plate += kLetters[mix(number, 1) % kLettersOnly];
  for (std::uint64_t i = 0; i < 5; ++i) plate += kLetters[mix(number, 2 + i) % kLetters.size()];
  return plate;
}

picture::Size plate_size(int scale) {
  constexpr int kGlyphs = 7;
  return {scale * (kGlyphs * (kGlyphWidth + 1) + 3), scale * (kGlyphHeight + 4)};
}

void draw_plate(picture::Image& image, int x, int y, int scale, const std::string& label) {
  const auto size = plate_size(scale);
  fill_rect(image, {x, y, size.width, size.height}, kBlue);
  int left = x + 2 * scale;
  const int top = y + 2 * scale;
  fill_rect(image, {left, top, kGlyphWidth * scale, kGlyphHeight * scale}, kWhite);
  for (const char letter : std::string_view(label).substr(kProvinceBytes)) {
    left += (kGlyphWidth + 1) * scale;
    const auto& rows = kFont[kLetters.find(letter)];
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        if ((rows[static_cast<std::size_t>(row)] >> (kGlyphWidth - 1 - column) & 1) == 0) continue;
        fill_rect(image, {left + column * scale, top + row * scale, scale, scale}, kWhite);
      }
    }
  }
}

}  // namespace stream::sim
