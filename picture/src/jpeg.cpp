#include "stream/picture/jpeg.hpp"

#include "stream/common/assert.hpp"
#include "turbo.hpp"

namespace stream::picture {
namespace {

constexpr int kMaxSidePx = 16384;
constexpr std::int64_t kMaxAreaPx = 64'000'000;

// Some encoders pad their output after the end mark.
constexpr std::size_t kMaxPaddingBytes = 64;

// The coded data holds no FF D9, so a picture that was cut off has none near its end.
bool has_end_mark(std::string_view jpeg) {
  const auto window = kMaxPaddingBytes + 2;
  const auto tail = jpeg.size() > window ? jpeg.substr(jpeg.size() - window) : jpeg;
  return tail.rfind("\xFF\xD9") != std::string_view::npos;
}

Result<Handle> make_decompressor() {
  Handle handle(tjInitDecompress());
  if (!handle) return fail(ErrorCode::kInternal, "TurboJPEG: {}", tjGetErrorStr2(nullptr));
  return handle;
}

}  // namespace

Result<Header> read_header(void* decompressor, std::string_view jpeg) {
  if (!jpeg.starts_with("\xFF\xD8")) {
    return fail(ErrorCode::kInvalid, "found {} bytes that do not start like a JPEG", jpeg.size());
  }
  Header header;
  int subsampling = 0;
  int colour_space = 0;
  if (tjDecompressHeader3(decompressor, bytes_of(jpeg), size_of(jpeg), &header.size.width,
                          &header.size.height, &subsampling, &colour_space) != 0) {
    return fail(ErrorCode::kInvalid, "JPEG header: {}", tjGetErrorStr2(decompressor));
  }
  const auto [width, height] = header.size;
  if (width < 1 || height < 1 || width > kMaxSidePx || height > kMaxSidePx ||
      std::int64_t{width} * height > kMaxAreaPx) {
    return fail(ErrorCode::kInvalid, "found a JPEG of {}x{} px, expected at most {} px a side and {} in all",
                width, height, kMaxSidePx, kMaxAreaPx);
  }
  STREAM_ASSERT(subsampling >= 0 && subsampling < TJ_NUMSAMP, "subsampling {}", subsampling);
  header.block = {tjMCUWidth[subsampling], tjMCUHeight[subsampling]};
  return header;
}

Result<Image> decode(void* decompressor, std::string_view jpeg, Size size) {
  Image image{size, {}};
  image.rgb.resize(3 * static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  if (tjDecompress2(decompressor, bytes_of(jpeg), size_of(jpeg), image.rgb.data(), size.width, 0, size.height,
                    TJPF_RGB, kStrict) != 0) {
    return fail(ErrorCode::kInvalid, "JPEG: {}", tjGetErrorStr2(decompressor));
  }
  return image;
}

Result<Size> inspect_jpeg(std::string_view jpeg) {
  auto handle = make_decompressor();
  if (!handle) return tl::unexpected(handle.error());
  const auto header = read_header(handle->get(), jpeg);
  if (!header) return tl::unexpected(header.error());
  if (!has_end_mark(jpeg)) return fail(ErrorCode::kInvalid, "JPEG: cut off, there is no end mark");
  return header->size;
}

Status verify_jpeg(std::string_view jpeg) {
  const Handle handle(tjInitTransform());
  if (!handle) return fail(ErrorCode::kInternal, "TurboJPEG: {}", tjGetErrorStr2(nullptr));
  if (const auto header = read_header(handle.get(), jpeg); !header) return tl::unexpected(header.error());
  tjtransform transform{};
  transform.options = TJXOPT_NOOUTPUT;
  unsigned char* memory = nullptr;
  unsigned long length = 0;
  const int failed =
      tjTransform(handle.get(), bytes_of(jpeg), size_of(jpeg), 1, &memory, &length, &transform, kStrict);
  const Buffer owner(memory);
  if (failed != 0) return fail(ErrorCode::kInvalid, "JPEG: {}", tjGetErrorStr2(handle.get()));
  return {};
}

Result<Image> decode_jpeg(std::string_view jpeg) {
  auto handle = make_decompressor();
  if (!handle) return tl::unexpected(handle.error());
  const auto header = read_header(handle->get(), jpeg);
  if (!header) return tl::unexpected(header.error());
  return decode(handle->get(), jpeg, header->size);
}

Result<std::string> encode_jpeg(const Image& image, int quality) {
  const auto [width, height] = image.size;
  STREAM_ASSERT(
      width >= 0 && height >= 0 &&
          image.rgb.size() == 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
      "{} bytes for {}x{} px", image.rgb.size(), width, height);
  if (width < 1 || height < 1 || width > kMaxSidePx || height > kMaxSidePx) {
    return fail(ErrorCode::kInvalid, "found a picture of {}x{} px, expected 1 to {} px a side", width, height,
                kMaxSidePx);
  }
  if (quality < 1 || quality > 100) {
    return fail(ErrorCode::kInvalid, "found quality {}, expected 1 to 100", quality);
  }
  const Handle handle(tjInitCompress());
  if (!handle) return fail(ErrorCode::kInternal, "TurboJPEG: {}", tjGetErrorStr2(nullptr));
  unsigned char* memory = nullptr;
  unsigned long length = 0;
  const int failed = tjCompress2(handle.get(), image.rgb.data(), width, 0, height, TJPF_RGB, &memory, &length,
                                 TJSAMP_420, quality, 0);
  const Buffer owner(memory);
  if (failed != 0) return fail(ErrorCode::kInternal, "TurboJPEG: {}", tjGetErrorStr2(handle.get()));
  return std::string(reinterpret_cast<const char*>(memory), length);
}

const std::string& placeholder_jpeg() {
  static const std::string jpeg = [] {
    constexpr std::size_t kWidth = 320, kHeight = 240;
    Image image{{kWidth, kHeight}, std::vector<std::uint8_t>(3 * kWidth * kHeight, 160)};
    constexpr Colour kDark{96, 96, 96};
    draw_line(image, 20, 20, 299, 219, 5, kDark);
    draw_line(image, 20, 219, 299, 20, 5, kDark);
    auto encoded = encode_jpeg(image);
    STREAM_ASSERT(encoded, "a picture of our own cannot be encoded: {}", encoded.error().message);
    return *std::move(encoded);
  }();
  return jpeg;
}

}  // namespace stream::picture
