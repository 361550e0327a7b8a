// Places in a JSON document: a JSON pointer (RFC 6901) in which the token * stands for every element of an
// array or member of an object.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::manifest {

// Immutable.
class JsonPath {
 public:
  JsonPath() = default;  // the whole document
  // Empty text is the whole document; any other begins with '/'. kInvalid with what was expected.
  static Result<JsonPath> parse(std::string_view text);

  const std::vector<std::string>& tokens() const { return tokens_; }
  bool is_root() const { return tokens_.empty(); }
  bool has_wildcard() const;
  std::string text() const;

  // A value that was found, and where.
  struct Found {
    std::string path;
    const nlohmann::json* value = nullptr;  // in the document
  };
  // In the order of the document. What is missing or null is left out.
  std::vector<Found> find(const nlohmann::json& document) const;

  // Puts `value` at every place that this path means. Objects that are missing on the way, or null, are made;
  // an array has no missing elements, and * wants at least one. kInvalid with the place otherwise, the
  // document is half done then.
  Status assign(nlohmann::json& document, const nlohmann::json& value) const;
  // Takes the members or elements away that are there.
  void erase(nlohmann::json& document) const;

  bool operator==(const JsonPath&) const = default;

 private:
  explicit JsonPath(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}

  std::vector<std::string> tokens_;
};

}  // namespace stream::manifest
