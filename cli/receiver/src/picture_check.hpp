// What the receiver takes for a picture.
#pragma once

#include <string_view>

namespace stream::receiver {

enum class PictureKind { kNone, kJpeg, kPng };

// kNone for anything but a whole JPEG that can be decoded, or a PNG whose chunks are complete to the last
// one.
PictureKind check_picture(std::string_view bytes);

}  // namespace stream::receiver
