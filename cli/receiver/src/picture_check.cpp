#include "picture_check.hpp"

#include <cstddef>
#include <cstdint>

#include "stream/picture/jpeg.hpp"

namespace stream::receiver {
namespace {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";
constexpr std::size_t kChunkFrameBytes = 12;  // length, type and checksum around the data

std::uint32_t big_endian(std::string_view four) {
  std::uint32_t value = 0;
  for (const char byte : four) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// Follows the chunks (PNG 1.2, section 3.2): IHDR first, then others, each inside the bytes, up to IEND.
bool is_whole_png(std::string_view bytes) {
  bytes.remove_prefix(kPngSignature.size());
  for (bool first = true; bytes.size() >= kChunkFrameBytes; first = false) {
    const auto length = big_endian(bytes.substr(0, 4));
    const auto type = bytes.substr(4, 4);
    if (length > bytes.size() - kChunkFrameBytes || (first && type != "IHDR")) return false;
    if (type == "IEND") return true;
    bytes.remove_prefix(kChunkFrameBytes + length);
  }
  return false;
}

}  // namespace

PictureKind check_picture(std::string_view bytes) {
  if (bytes.starts_with(kPngSignature)) {
    return is_whole_png(bytes) ? PictureKind::kPng : PictureKind::kNone;
  }
  return picture::decode_jpeg(bytes) ? PictureKind::kJpeg : PictureKind::kNone;
}

}  // namespace stream::receiver
