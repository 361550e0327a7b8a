// What the sources of this library share about TurboJPEG. Private to picture/src.
#pragma once

#include <turbojpeg.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "stream/common/result.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::picture {

// One TurboJPEG instance per call: making one costs microseconds, a picture milliseconds, and so nothing is
// shared between threads.
struct HandleDeleter {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, HandleDeleter>;

// Memory that TurboJPEG allocated.
struct BufferDeleter {
  void operator()(unsigned char* memory) const { tjFree(memory); }
};
using Buffer = std::unique_ptr<unsigned char, BufferDeleter>;

// Damage that libjpeg would only warn of and paint over is an error, and so is a progressive picture with
// hundreds of scans, which costs minutes of CPU for a few kilobytes.
inline constexpr int kStrict = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;

inline const unsigned char* bytes_of(std::string_view jpeg) {
  return reinterpret_cast<const unsigned char*>(jpeg.data());
}

inline unsigned long size_of(std::string_view jpeg) {
  return static_cast<unsigned long>(jpeg.size());
}

struct Header {
  Size size;
  Size block;  // px that one MCU covers: the grid on which a picture can be cut without decoding it
};

// kInvalid when it is no JPEG or larger than inspect_jpeg allows. Does not look at the end mark.
Result<Header> read_header(void* decompressor, std::string_view jpeg);

// Decodes a picture whose header gave `size`.
Result<Image> decode(void* decompressor, std::string_view jpeg, Size size);

}  // namespace stream::picture
