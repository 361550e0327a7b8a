#include "json_reader.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "stream/common/secrets.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxShownBytes = 60;

std::string escape_pointer(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// Builds the document itself, because nlohmann's own builder takes the last of two equal keys in silence.
class StrictBuilder final : public json::json_sax_t {
 public:
  json take() { return std::move(root_); }
  const std::string& error() const { return error_; }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(json::number_integer_t value) override { return add(value); }
  bool number_unsigned(json::number_unsigned_t value) override { return add(value); }
  bool number_float(json::number_float_t value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(json::binary_t&) override { return refuse("found binary data, expected JSON"); }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    json& object = *open_.back();
    if (object.contains(name)) {
      return refuse(fmt::format("found the member {} twice in one object, expected it once",
                                describe_json(json(name))));
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception& exception) override {
    // The exception's text quotes what was read, which may be a part of a password.
    const bool too_large = exception.id == 406;
    return refuse(fmt::format("{} at byte {}, expected JSON text",
                              too_large ? "found a number that is too large" : "found no valid JSON",
                              position));
  }

 private:
  bool refuse(std::string why) {
    error_ = std::move(why);
    return false;
  }

  json* place(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool add(json value) {
    place(std::move(value));
    return true;
  }

  bool open(json container) {
    if (open_.size() == kMaxDepth)
      return refuse(fmt::format("found more than {} levels, expected fewer", kMaxDepth));
    // A parent does not move while one of its children is open, so these pointers stay good.
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;
  std::string key_;
  std::string error_;
};

}  // namespace

Result<json> parse_json(std::string_view text) {
  StrictBuilder builder;
  if (!json::sax_parse(text, &builder)) return fail(ErrorCode::kInvalid, "{}", builder.error());
  return builder.take();
}

Result<json> read_json_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, "{}: cannot be read", path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return fail(ErrorCode::kNotFound, "{}: cannot be read", path);
  return parse_json(text).map_error([&](Error error) { return std::move(error).within(path); });
}

JsonReader JsonReader::operator[](std::string_view key) const {
  std::string path = path_ + "/" + escape_pointer(key);
  if (value_ == nullptr) return {nullptr, std::move(path), *error_};
  if (!value_->is_object()) {
    complain("an object");
    return {nullptr, std::move(path), *error_};
  }
  const auto member = value_->find(key);
  return {member == value_->end() ? nullptr : &*member, std::move(path), *error_};
}

JsonReader JsonReader::operator[](std::size_t index) const {
  return {&(*value_)[index], fmt::format("{}/{}", path_, index), *error_};
}

const std::string& JsonReader::string() const {
  static const std::string empty;
  if (is_string()) return value_->get_ref<const std::string&>();
  complain("a string");
  return empty;
}

bool JsonReader::boolean() const {
  if (value_ != nullptr && value_->is_boolean()) return value_->get<bool>();
  complain("true or false");
  return false;
}

std::int64_t JsonReader::integer(std::int64_t min, std::int64_t max) const {
  if (value_ == nullptr || !value_->is_number_integer()) {
    complain("an integer");
    return min;
  }
  const bool beyond =
      value_->is_number_unsigned() &&
      value_->get<std::uint64_t>() > static_cast<std::uint64_t>(std::max<std::int64_t>(max, 0));
  if (beyond || value_->get<std::int64_t>() < min || value_->get<std::int64_t>() > max) {
    complain(fmt::format("an integer from {} to {}", min, max));
    return min;
  }
  return value_->get<std::int64_t>();
}

double JsonReader::number(double min, double max) const {
  if (value_ == nullptr || !value_->is_number()) {
    complain("a number");
    return min;
  }
  const double number = value_->get<double>();
  if (!(number >= min && number <= max)) {
    complain(fmt::format("a number from {} to {}", min, max));
    return min;
  }
  return number;
}

std::size_t JsonReader::size() const {
  if (value_ != nullptr && value_->is_array()) return value_->size();
  complain("an array");
  return 0;
}

void JsonReader::expect_object() const {
  if (value_ == nullptr || !value_->is_object()) complain("an object");
}

void JsonReader::expect_only(std::initializer_list<std::string_view> names) const {
  expect_object();
  if (value_ == nullptr || !value_->is_object()) return;
  for (const auto& [name, member] : value_->items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string expected = "one of";
    for (const std::string_view known : names) expected += fmt::format(" {}", known);
    (*this)[name].complain("an unknown member", expected);
  }
}

void JsonReader::complain(std::string_view found, std::string_view expected) const {
  if (*error_) return;
  *error_ = Error{ErrorCode::kInvalid,
                  fmt::format("{}: found {}, expected {}", path_.empty() ? "/" : path_, found, expected)};
}

void JsonReader::complain(std::string_view expected) const {
  complain(value_ == nullptr ? "nothing" : describe_json(*value_), expected);
}

std::string describe_json(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (!value.is_string()) return value.dump();
  std::string text = mask_address(value.get_ref<const std::string&>());
  if (text.size() > kMaxShownBytes) {
    std::size_t end = kMaxShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
      --end;  // not inside a character
    text.resize(end);
    text += "...";
  }
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace stream::api
