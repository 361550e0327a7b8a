#include "api_token.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace stream::api {
namespace {

constexpr std::size_t kShortest = 16;
constexpr std::size_t kLongest = 1024;

bool is_token_character(char c) {
  constexpr std::string_view kOthers = "-._~+/=";
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || kOthers.find(c) != std::string_view::npos;
}

bool is_bearer(std::string_view scheme) {
  constexpr std::string_view kBearer = "bearer ";
  return std::equal(scheme.begin(), scheme.end(), kBearer.begin(), kBearer.end(),
                    [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

}  // namespace

Result<ApiToken> ApiToken::read(const std::filesystem::path& file) {
  struct stat status {};
  std::ifstream in(file);
  if (!in || ::stat(file.c_str(), &status) != 0) {
    return fail(ErrorCode::kNotFound, "{}: cannot be read: {}", file.string(), std::strerror(errno));
  }
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if ((status.st_mode & kOthers) != 0) {
    return fail(ErrorCode::kInvalid, "{}: found the permissions {:03o}, expected 600 (chmod 600 {})",
                file.string(), status.st_mode & (S_IRWXU | kOthers), file.string());
  }
  std::string text, more;
  in >> text;
  const bool whole = text.size() >= kShortest && text.size() <= kLongest && !(in >> more);
  if (!whole || !std::all_of(text.begin(), text.end(), is_token_character)) {
    return fail(
        ErrorCode::kInvalid,
        "{}: expected one token of {} to {} characters, letters, digits or -._~+/= (openssl rand -hex 32)",
        file.string(), kShortest, kLongest);
  }
  return ApiToken(std::move(text));
}

bool ApiToken::admits(std::string_view authorization) const {
  constexpr std::size_t kScheme = std::string_view("Bearer ").size();
  if (!is_bearer(authorization.substr(0, kScheme))) return false;
  const std::string_view given = authorization.substr(kScheme);
  // How long it takes tells the length of what was given, which who gave it knows, and nothing about ours.
  unsigned difference = given.size() == text_.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i] ^ text_[i % text_.size()]);
  }
  return difference == 0;
}

}  // namespace stream::api
