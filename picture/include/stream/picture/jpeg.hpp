// JPEG pictures by TurboJPEG: look at, cut, draw on, make. All functions are thread-safe and take bytes from
// anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::picture {

struct Size {
  int width = 0, height = 0;  // px
  bool operator==(const Size&) const = default;
};

// Top-left corner inclusive, px.
struct Rect {
  int x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Rect&) const = default;
};

// Uncompressed, 3 bytes a pixel (R, G, B), rows without padding.
struct Image {
  Size size;
  std::vector<std::uint8_t> rgb;

  std::uint8_t* at(int x, int y) {
    return &rgb[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                     static_cast<std::size_t>(x))];
  }
};

struct Colour {
  std::uint8_t r = 0, g = 0, b = 0;
};

// Width and height from the header; kInvalid when it is not a JPEG, is over 16384 px a side or 64 megapixels,
// or is cut off. Cheap: looks at the header and at the end mark only.
Result<Size> inspect_jpeg(std::string_view jpeg);

// kInvalid for what inspect_jpeg refuses and for damage anywhere: nothing is painted over.
// kInvalid for what decode_jpeg refuses, at about half its cost: reads all the coded data, makes no pixels.
Status verify_jpeg(std::string_view jpeg);

Result<Image> decode_jpeg(std::string_view jpeg);
// quality 1 to 100; 4:2:0.
Result<std::string> encode_jpeg(const Image& image, int quality = 90);

// The part of the picture inside `rect`, which is clipped to it first; kInvalid when nothing is left. The
// very pixels that decode_jpeg gives, but only the surroundings of `rect` are decoded.
Result<Image> crop(std::string_view jpeg, Rect rect);

// The smallest square around `box` with `margin` px added on each side, moved and cut so that it lies inside
// `bounds`: never empty when `bounds` and the square are not. Any values will do, negative sizes count as 0.
Rect square_around(Rect box, int margin, Size bounds);

// What lies outside the image is left out, however far away it is.
void fill_rect(Image& image, Rect rect, Colour colour);
void draw_disc(Image& image, int x, int y, int radius, Colour colour);
void draw_line(Image& image, int x0, int y0, int x1, int y1, int thickness, Colour colour);

// A valid grey JPEG for an alarm whose picture is gone.
const std::string& placeholder_jpeg();

}  // namespace stream::picture
