#include "stream/common/base64.hpp"

#include <openssl/evp.h>

#include <limits>

namespace stream {
namespace {

const unsigned char* as_octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* as_octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

constexpr std::size_t kMostBytes = std::numeric_limits<int>::max() / 2;  // OpenSSL counts in int

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  // In pieces of a multiple of three, so that the pieces' texts can be joined and every length fits OpenSSL's
  // int.
  constexpr std::size_t kPiece = kMostBytes / 3 * 3;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    const auto piece = bytes.substr(at, kPiece);
    const std::size_t before = out.size();
    out.resize(before + 4 * ((piece.size() + 2) / 3) + 1);  // OpenSSL ends it with a NUL
    const int written =
        EVP_EncodeBlock(as_octets(out) + before, as_octets(piece), static_cast<int>(piece.size()));
    out.resize(before + static_cast<std::size_t>(written));
  }
  return out;
}

Result<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) {
    return fail(ErrorCode::kInvalid, "found {} characters of base64, expected a multiple of 4", text.size());
  }
  if (text.empty()) return std::string();
  if (text.size() > kMostBytes) {
    return fail(ErrorCode::kInvalid, "found {} characters of base64, expected at most {}", text.size(),
                kMostBytes);
  }
  // OpenSSL skips white space at both ends, ends at '-', and takes '=' anywhere; strict base64 has none of
  // these.
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view content = text.substr(0, text.size() - padding);
  std::string out(text.size() / 4 * 3, '\0');
  if (content.find_first_of("= \t\r\n-") != std::string_view::npos ||
      EVP_DecodeBlock(as_octets(out), as_octets(text), static_cast<int>(text.size())) !=
          static_cast<int>(out.size())) {
    return fail(ErrorCode::kInvalid, "found a character that is not of the base64 alphabet");
  }
  out.resize(out.size() - padding);
  return out;
}

}  // namespace stream
