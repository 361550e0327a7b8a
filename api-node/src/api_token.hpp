// The bearer token that requests under /api/v1 must carry.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream::api {

// Immutable. Its text is in no error and no log.
class ApiToken {
 public:
  // From a file that holds it and nothing else but white space: 16 to 1024 characters of those that RFC 6750
  // allows. Nobody but the owner may be able to read or write the file. kNotFound, or kInvalid, with its
  // name.
  static Result<ApiToken> read(const std::filesystem::path& file);

  // `authorization`, the header's value, is "Bearer <token>". Takes the same time however much of it is
  // right.
  bool admits(std::string_view authorization) const;

 private:
  explicit ApiToken(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace stream::api
