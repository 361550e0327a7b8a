#include <algorithm>
#include <cstring>

#include "stream/picture/jpeg.hpp"
#include "turbo.hpp"

namespace stream::picture {
namespace {

// In 64 bits, because rectangles come from outside and may reach to the ends of int.
Rect clip(Rect rect, Size bounds) {
  const auto end = [](int start, int length) { return std::int64_t{start} + std::max(length, 0); };
  const auto left = std::clamp<std::int64_t>(rect.x, 0, bounds.width);
  const auto top = std::clamp<std::int64_t>(rect.y, 0, bounds.height);
  const auto right = std::clamp<std::int64_t>(end(rect.x, rect.width), left, bounds.width);
  const auto bottom = std::clamp<std::int64_t>(end(rect.y, rect.height), top, bounds.height);
  return {static_cast<int>(left), static_cast<int>(top), static_cast<int>(right - left),
          static_cast<int>(bottom - top)};
}

// `rect` widened to whole blocks, and by one more on each side: upsampling the colours of a pixel looks at
// its neighbours, so that the part then decodes to the very pixels of the whole.
Rect whole_blocks(Rect rect, const Header& header) {
  const auto start = [](int from, int block) { return std::max(from / block - 1, 0) * block; };
  const auto end = [](int to, int block, int limit) {
    return std::min(((to + block - 1) / block + 1) * block, limit);
  };
  const int left = start(rect.x, header.block.width);
  const int top = start(rect.y, header.block.height);
  return {left, top, end(rect.x + rect.width, header.block.width, header.size.width) - left,
          end(rect.y + rect.height, header.block.height, header.size.height) - top};
}

Image copy_part(const Image& image, Rect rect) {
  Image part{{rect.width, rect.height}, {}};
  const auto row_bytes = 3 * static_cast<std::size_t>(rect.width);
  part.rgb.resize(row_bytes * static_cast<std::size_t>(rect.height));
  const auto from_stride = 3 * static_cast<std::size_t>(image.size.width);
  const auto* from = image.rgb.data() + static_cast<std::size_t>(rect.y) * from_stride +
                     3 * static_cast<std::size_t>(rect.x);
  for (int y = 0; y < rect.height; ++y, from += from_stride) {
    std::memcpy(part.rgb.data() + static_cast<std::size_t>(y) * row_bytes, from, row_bytes);
  }
  return part;
}

}  // namespace

Result<Image> crop(std::string_view jpeg, Rect rect) {
  const Handle handle(tjInitTransform());  // can also decompress
  if (!handle) return fail(ErrorCode::kInternal, "TurboJPEG: {}", tjGetErrorStr2(nullptr));
  const auto header = read_header(handle.get(), jpeg);
  if (!header) return tl::unexpected(header.error());
  const Rect wanted = clip(rect, header->size);
  if (wanted.width == 0 || wanted.height == 0) {
    return fail(ErrorCode::kInvalid, "found the rectangle x={} y={} {}x{}, expected one that meets {}x{} px",
                rect.x, rect.y, rect.width, rect.height, header->size.width, header->size.height);
  }

  // First without decoding: the coded blocks around the rectangle become a small JPEG of their own.
  const Rect around = whole_blocks(wanted, *header);
  tjtransform transform{};
  transform.r = {around.x, around.y, around.width, around.height};
  transform.op = TJXOP_NONE;
  transform.options = TJXOPT_CROP | TJXOPT_COPYNONE;
  unsigned char* memory = nullptr;
  unsigned long length = 0;
  const int failed =
      tjTransform(handle.get(), bytes_of(jpeg), size_of(jpeg), 1, &memory, &length, &transform, kStrict);
  const Buffer owner(memory);
  if (failed != 0) return fail(ErrorCode::kInvalid, "JPEG: {}", tjGetErrorStr2(handle.get()));

  const auto image =
      decode(handle.get(), {reinterpret_cast<const char*>(memory), length}, {around.width, around.height});
  if (!image) return tl::unexpected(image.error());
  return copy_part(*image, {wanted.x - around.x, wanted.y - around.y, wanted.width, wanted.height});
}

Rect square_around(Rect box, int margin, Size bounds) {
  const auto side =
      std::int64_t{std::max({box.width, box.height, 0})} + 2 * std::int64_t{std::max(margin, 0)};
  const auto span = [side](int start, int length, int limit) {
    const auto middle = std::int64_t{start} + std::max(length, 0) / 2;
    const auto size = std::min<std::int64_t>(side, limit);
    const auto from = std::clamp<std::int64_t>(middle - side / 2, 0, limit - size);
    return std::pair{static_cast<int>(from), static_cast<int>(size)};
  };
  const auto [x, width] = span(box.x, box.width, std::max(bounds.width, 0));
  const auto [y, height] = span(box.y, box.height, std::max(bounds.height, 0));
  return {x, y, width, height};
}

}  // namespace stream::picture
