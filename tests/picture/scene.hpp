// A picture with something to see in it, made on the spot.
#pragma once

#include <string>

#include "stream/picture/jpeg.hpp"

namespace stream::picture {

inline Image scene(Size size) {
  Image image{size, {}};
  image.rgb.resize(3 * static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      auto* pixel = image.at(x, y);
      pixel[0] = static_cast<std::uint8_t>((x * 7 + y) & 0xFF);
      pixel[1] = static_cast<std::uint8_t>((x / 5 + y * 3) & 0xFF);
      pixel[2] = static_cast<std::uint8_t>((x ^ y) & 0xFF);
    }
  }
  return image;
}

inline std::string scene_jpeg(Size size) {
  return encode_jpeg(scene(size)).value();
}

}  // namespace stream::picture
