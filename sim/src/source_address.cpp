#include "source_address.hpp"

#include <charconv>
#include <filesystem>
#include <string_view>

namespace stream::sim {

namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// The whole of `text` as a number from `min` to `max`.
template <class Number>
bool read_number(std::string_view text, Number min, Number max, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= min && number <= max;
}

bool read_size(std::string_view text, picture::Size& size) {
  const auto x = text.find('x');
  return x != std::string_view::npos && read_number(text.substr(0, x), 160, 4096, size.width) &&
         read_number(text.substr(x + 1), 120, 4096, size.height);
}

bool read_option(std::string_view key, std::string_view value, SourceAddress& address) {
  if (key == "fps") {
    double fps = 0;
    if (!read_number(value, -1.0, 10000.0, fps) || (fps <= 0 && fps != -1)) return false;
    address.fps = fps;
    return true;
  }
  if (key == "lossless") {
    address.lossless = value == "1";
    return value == "0" || value == "1";
  }
  if (key == "seed") return read_number<std::uint64_t>(value, 0, UINT64_MAX, address.seed);
  if (key == "size") return read_size(value, address.size);
  if (key == "seconds") return read_number(value, 0.0, 1e6, address.seconds);
  return false;
}

Status read_options(std::string_view options, SourceAddress& address) {
  while (!options.empty()) {
    const auto option = options.substr(0, options.find('&'));
    options.remove_prefix(std::min(option.size() + 1, options.size()));
    const auto equals = std::min(option.find('='), option.size());
    const auto value = option.substr(std::min(equals + 1, option.size()));
    if (!read_option(option.substr(0, equals), value, address)) {
      return fail(
          ErrorCode::kInvalid,
          "source option: found \"{}\", expected fps=<number or -1>, lossless=<0 or 1>, seed=<number>, "
          "size=<width>x<height> or seconds=<number>",
          option);
    }
  }
  return {};
}

}  // namespace

Result<SourceAddress> read_address(const ChannelConfig& channel) {
  SourceAddress address;
  address.location = channel.url;
  if (channel.is_live()) return address;
  if (!exists(channel.url)) {
    const auto question = channel.url.rfind('?');
    if (question != std::string::npos) {
      address.location = channel.url.substr(0, question);
      const auto status = read_options(std::string_view(channel.url).substr(question + 1), address);
      if (!status) return tl::unexpected(status.error());
    }
  }
  if (address.location.ends_with(".ndjson")) {
    address.kind = SourceAddress::Kind::kRecording;
    if (!exists(address.location))
      return fail(ErrorCode::kNotFound, "{}: no such recording", address.location);
  } else if (!exists(address.location)) {
    address.kind = SourceAddress::Kind::kStreet;
  }
  return address;
}

}  // namespace stream::sim
