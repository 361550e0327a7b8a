// Pictures from stream processes.
#include "stream/picture/jpeg.hpp"
#include "target.hpp"

std::vector<std::string> stream::fuzz::examples() {
  picture::Image image;
  image.size = {70, 50};
  for (int i = 0; i < 3 * 70 * 50; ++i) image.rgb.push_back(static_cast<std::uint8_t>(i * i));
  return {picture::placeholder_jpeg(), picture::encode_jpeg(image, 40).value()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stream;
  const std::string_view jpeg = fuzz::text_of(data, size);
  const auto dimensions = picture::inspect_jpeg(jpeg);
  // Large ones are slow, not wrong.
  if (!dimensions || dimensions->width > 2000 || dimensions->height > 2000) return 0;
  const bool good = picture::verify_jpeg(jpeg).has_value();
  const auto decoded = picture::decode_jpeg(jpeg);
  FUZZ_CHECK(decoded.has_value() == good);
  static_cast<void>(picture::crop(jpeg, {10, 10, 30, 20}));
  return 0;
}
