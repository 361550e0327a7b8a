#include "stream/common/json_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "stream/common/secrets.hpp"

namespace stream {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxShownBytes = 60;

// How many letters must be changed, left out, put in, or swapped with their neighbour to make one of the
// other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> far(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        far[i][j] = i + j;
        continue;
      }
      const std::size_t changed = far[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      far[i][j] = std::min({changed, far[i - 1][j] + 1, far[i][j - 1] + 1});
      const bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swapped) far[i][j] = std::min(far[i][j], far[i - 2][j - 2] + 1);
    }
  }
  return far[a.size()][b.size()];
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
      key_.clear();
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
  bool refuse(const std::string& why) {
    const std::string path = here();
    error_ = path.empty() ? why : fmt::format("{}: {}", path, why);
    return false;
  }

  // The place that is being read, or the container that it is in; empty: the document itself.
  std::string here() const {
    std::string path;
    for (const std::string& name : names_) path += "/" + name;
    if (!open_.empty() && (open_.back()->is_array() || !key_.empty())) path += "/" + name_of_next();
    return path;
  }

  std::string name_of_next() const {
    const json& parent = *open_.back();
    return parent.is_array() ? std::to_string(parent.size()) : escape_pointer(key_);
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
    if (open_.size() == kMaxDepth) {
      error_ =
          fmt::format("found more than {} levels, expected fewer", kMaxDepth);  // the path would be no help
      return false;
    }
    if (!open_.empty()) names_.push_back(name_of_next());
    // A parent does not move while one of its children is open, so these pointers stay good.
    open_.push_back(place(std::move(container)));
    key_.clear();
    return true;
  }

  bool close() {
    open_.pop_back();
    if (!names_.empty()) names_.pop_back();
    key_.clear();
    return true;
  }

  json root_;
  std::vector<json*> open_;
  std::vector<std::string> names_;  // of all that are open but the outermost, escaped
  std::string key_;                 // of the member that is read in the innermost object
  std::string error_;
};

}  // namespace

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

std::string likely_name(std::string_view text, std::initializer_list<std::string_view> names) {
  std::string_view best;
  // Up to a third of the letters may be wrong.
  std::size_t nearest = std::min(text.size(), kMaxShownBytes) / 3 + 1;
  if (text.size() > kMaxShownBytes) return {};
  for (const std::string_view name : names) {
    if (const std::size_t far = distance(text, name); far < nearest) {
      nearest = far;
      best = name;
    }
  }
  return best.empty() ? std::string() : fmt::format("did you mean \"{}\"?", best);
}

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

std::size_t JsonReader::choice(std::initializer_list<std::string_view> names) const {
  const bool is_text = is_string();
  for (std::size_t i = 0; is_text && i < names.size(); ++i) {
    if (names.begin()[i] == value_->get_ref<const std::string&>()) return i;
  }
  complain(value_ == nullptr ? "nothing" : describe_json(*value_),
           fmt::format("{} {}", names.size() == 1 ? "only" : "one of", fmt::join(names, ", ")),
           is_text ? likely_name(value_->get_ref<const std::string&>(), names) : std::string());
  return 0;
}

void JsonReader::expect_only(std::initializer_list<std::string_view> names) const {
  expect_object();
  if (value_ == nullptr || !value_->is_object()) return;
  for (const auto& [name, member] : value_->items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    (*this)[name].complain("an unknown member", fmt::format("one of {}", fmt::join(names, ", ")),
                           likely_name(name, names));
  }
}

void JsonReader::complain(std::string_view found, std::string_view expected, std::string_view hint) const {
  if (*error_) return;
  *error_ = Error{ErrorCode::kInvalid,
                  fmt::format("{}: found {}, expected {}", path_.empty() ? "/" : path_, found, expected)};
  if (!hint.empty()) (*error_)->message += fmt::format(" ({})", hint);
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

}  // namespace stream
