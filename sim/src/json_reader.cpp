#include "json_reader.hpp"

#include <cstdint>
#include <fstream>

#include "stream/common/secrets.hpp"

namespace stream::sim {

using nlohmann::json;

Result<json> load_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, "{}: cannot be read", path);
  try {
    return json::parse(file);
  } catch (const json::exception& e) {
    return fail(ErrorCode::kInvalid, "{}: not JSON: {}", path, mask_secrets(e.what()));
  }
}

void JsonReader::expected(std::string_view what) const {
  if (*error_) return;
  constexpr std::size_t kShownBytes = 60;
  std::string found = value_->dump(-1, ' ', false, json::error_handler_t::replace);
  if (found.size() > kShownBytes) found = value_->type_name();
  *error_ = {ErrorCode::kInvalid,
             fmt::format("{}: found {}, expected {}", where_, mask_secrets(found), what)};
}

JsonReader JsonReader::at(const char* key) const {
  static const json nothing;
  if (!value_->is_object()) expected("an object");
  const bool there = has(key);
  JsonReader member(there ? (*value_)[key] : nothing, fmt::format("{}/{}", where_, key), *error_);
  if (!there && !*error_) *error_ = {ErrorCode::kInvalid, fmt::format("{}: missing", member.where_)};
  return member;
}

std::vector<JsonReader> JsonReader::items() const {
  if (!value_->is_array()) {
    expected("an array");
    return {};
  }
  std::vector<JsonReader> items;
  items.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    items.emplace_back((*value_)[i], fmt::format("{}/{}", where_, i), *error_);
  }
  return items;
}

std::string JsonReader::text() const {
  if (value_->is_string()) return value_->get<std::string>();
  expected("a string");
  return {};
}

double JsonReader::number() const {
  if (value_->is_number()) return value_->get<double>();
  expected("a number");
  return 0;
}

int JsonReader::integer(int min, int max) const {
  if (value_->is_number_integer()) {
    const auto wide = value_->get<std::int64_t>();
    if (wide >= min && wide <= max) return static_cast<int>(wide);
  }
  expected(min == std::numeric_limits<int>::min() ? "an integer"
                                                  : fmt::format("an integer from {} to {}", min, max));
  return 0;
}

}  // namespace stream::sim
