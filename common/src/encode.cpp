#include "stream/common/encode.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

namespace stream {
namespace {

constexpr std::size_t kLongest = 120;
constexpr std::size_t kHead = 55;  // with '~' and 64 hex digits: exactly kLongest

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string out;
  for (const unsigned char byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

// Bytes of the code point that starts with `lead`, 0 for a byte that starts none.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

// The ranges of the second byte that exclude overlong forms, surrogates and values over U+10FFFF (Unicode,
// table 3-7).
bool is_second_byte(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

}  // namespace

std::string encode_name(std::string_view name) {
  if (name.empty()) return "%";
  std::string out;
  for (const char c : name) {
    if (is_plain(c) || (c == '.' && !out.empty())) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (out.size() <= kLongest) return out;
  return out.substr(0, kHead) + '~' + sha256_hex(name);
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = sequence_length(byte(at));
    if (length == 0 || at + length > text.size()) return std::string_view::npos;
    if (length > 1 && !is_second_byte(byte(at), byte(at + 1))) return std::string_view::npos;
    for (std::size_t i = at + 2; i < at + length; ++i) {
      if ((byte(i) & 0xC0U) != 0x80U) return std::string_view::npos;
    }
    at += length;
  }
  return count;
}

}  // namespace stream
