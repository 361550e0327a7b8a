#include "skeleton.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <iterator>

namespace stream::ingest {
namespace {

constexpr std::string_view kMarker = R"("mSpData":")";

// Not zero for what ends it. As signed bytes, control characters and everything beyond ASCII are below the
// space.
unsigned char ends_plain_text(char byte) {
  const auto c = static_cast<signed char>(byte);
  return static_cast<unsigned char>((c < ' ') | (c == '"') | (c == '\\'));
}

}  // namespace

std::size_t plain_text_length(std::string_view text) {
  // Whole blocks without a branch inside, which the compiler turns into vector instructions on every
  // platform.
  constexpr std::size_t kBlock = 512;
  std::size_t at = 0;
  for (; at + kBlock <= text.size(); at += kBlock) {
    unsigned char found = 0;
    for (std::size_t i = 0; i < kBlock; ++i) found |= ends_plain_text(text.data()[at + i]);
    if (found != 0) break;
  }
  while (at < text.size() && ends_plain_text(text[at]) == 0) ++at;
  return at;
}

void Skeleton::take(std::string_view body) {
  json_.clear();
  cut_.clear();
  std::size_t copied = 0;
  std::size_t at = 0;
  while (true) {
    const void* marker = ::memmem(body.data() + at, body.size() - at, kMarker.data(), kMarker.size());
    if (marker == nullptr) break;
    const auto start =
        static_cast<std::size_t>(static_cast<const char*>(marker) - body.data()) + kMarker.size();
    const auto length = plain_text_length(body.substr(start));
    at = start + length;
    if (at == body.size() || body[at] != '"') continue;
    json_.append(body, copied, start - copied);
    fmt::format_to(std::back_inserter(json_), "#{}", cut_.size());
    cut_.push_back(body.substr(start, length));
    copied = at;
  }
  json_.append(body, copied);
  json_.reserve(json_.size() + kPadding);
}

std::string_view Skeleton::picture(std::string_view text) const {
  std::size_t index = 0;
  if (!text.starts_with('#')) return text;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), index);
  const bool ours = error == std::errc() && end == text.data() + text.size() && index < cut_.size();
  return ours ? cut_[index] : text;
}

}  // namespace stream::ingest
