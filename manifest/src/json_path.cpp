#include "stream/manifest/json_path.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "stream/common/json_reader.hpp"

namespace stream::manifest {
namespace {

using nlohmann::json;
using Tokens = std::span<const std::string>;

constexpr std::string_view kEvery = "*";

// As RFC 6901 has it: "~1" is a slash, "~0" a tilde; any other tilde is a mistake.
std::optional<std::string> unescape(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      text += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    text += token[i] == '0' ? '~' : '/';
  }
  return text;
}

std::optional<std::size_t> index_in(const json& array, std::string_view token) {
  std::size_t index = 0;
  const char* end = token.data() + token.size();
  const auto [last, failure] = std::from_chars(token.data(), end, index);
  if (failure != std::errc() || last != end || index >= array.size()) return std::nullopt;
  return index;
}

std::string at_member(const std::string& path, std::string_view key) {
  return path + "/" + escape_pointer(key);
}

// The child that the token names, nullptr when there is none.
template <class Json>
Json* child_of(Json& node, const std::string& token) {
  if (node.is_object()) {
    const auto member = node.find(token);
    return member == node.end() ? nullptr : &*member;
  }
  if (!node.is_array()) return nullptr;
  const auto index = index_in(node, token);
  return index ? &node[*index] : nullptr;
}

void collect(const json& node, Tokens tokens, const std::string& path, std::vector<JsonPath::Found>& found) {
  if (tokens.empty()) {
    if (!node.is_null()) found.push_back({path, &node});
    return;
  }
  if (tokens.front() == kEvery && node.is_structured()) {
    for (const auto& [key, member] : node.items())
      collect(member, tokens.subspan(1), at_member(path, key), found);
  } else if (const json* child = child_of(node, tokens.front())) {
    collect(*child, tokens.subspan(1), at_member(path, tokens.front()), found);
  }
}

tl::unexpected<Error> wrong(const std::string& path, const json& found, std::string_view expected) {
  return fail(ErrorCode::kInvalid, "{}: found {}, expected {}", path.empty() ? "/" : path,
              found.is_array() && found.empty() ? "an empty array" : describe_json(found), expected);
}

Status put(json& node, Tokens tokens, const std::string& path, const json& value) {
  if (tokens.empty()) {
    node = value;
    return {};
  }
  const std::string& token = tokens.front();
  if (token == kEvery) {
    if (!node.is_structured() || node.empty()) return wrong(path, node, "at least one element");
    for (const auto& [key, member] : node.items()) {
      if (auto done = put(member, tokens.subspan(1), at_member(path, key), value); !done) return done;
    }
    return {};
  }
  if (node.is_null()) node = json::object();
  if (node.is_object()) return put(node[token], tokens.subspan(1), at_member(path, token), value);
  json* element = child_of(node, token);
  if (element == nullptr) {
    return wrong(path, node, node.is_array() ? "an element " + token : std::string("an object"));
  }
  return put(*element, tokens.subspan(1), at_member(path, token), value);
}

void remove(json& node, Tokens tokens) {
  const std::string& token = tokens.front();
  if (tokens.size() == 1) {
    if (token == kEvery && node.is_structured()) {
      node.clear();
    } else if (node.is_object()) {
      node.erase(token);
    } else if (node.is_array()) {
      if (const auto index = index_in(node, token)) node.erase(*index);
    }
    return;
  }
  if (token == kEvery && node.is_structured()) {
    for (json& member : node) remove(member, tokens.subspan(1));
  } else if (json* child = child_of(node, token)) {
    remove(*child, tokens.subspan(1));
  }
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  constexpr std::string_view kExpected = "a JSON pointer such as /configure/threshold";
  std::vector<std::string> tokens;
  while (!text.empty()) {
    if (text.front() != '/') return fail(ErrorCode::kInvalid, "{}", kExpected);
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find('/'), text.size());
    auto token = unescape(text.substr(0, end));
    if (!token) return fail(ErrorCode::kInvalid, "{}, with ~ written as ~0", kExpected);
    tokens.push_back(*std::move(token));
    text.remove_prefix(end);
  }
  return JsonPath(std::move(tokens));
}

bool JsonPath::has_wildcard() const {
  return std::find(tokens_.begin(), tokens_.end(), kEvery) != tokens_.end();
}

std::string JsonPath::text() const {
  std::string text;
  for (const std::string& token : tokens_) text = at_member(text, token);
  return text;
}

std::vector<JsonPath::Found> JsonPath::find(const json& document) const {
  std::vector<Found> found;
  collect(document, tokens_, "", found);
  return found;
}

Status JsonPath::assign(json& document, const json& value) const {
  return put(document, tokens_, "", value);
}

void JsonPath::erase(json& document) const {
  if (is_root()) {
    document = nullptr;
  } else {
    remove(document, tokens_);
  }
}

}  // namespace stream::manifest
