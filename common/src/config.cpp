#include "stream/common/config.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "stream/common/secrets.hpp"

namespace stream {

using nlohmann::json;

struct ConfigTable::Row {
  std::string key;
  std::string help;
  std::string expected;  // for error texts: "an integer from 1 to 65535"
  bool secret = false;
  std::function<bool(const json&)> assign;                     // false: wrong type or out of range
  std::function<std::optional<json>(std::string_view)> parse;  // the text of --set as a JSON value
  std::function<json()> value;
};

namespace {

std::string describe_range(std::string_view kind, Range range, bool fraction) {
  const auto bound = [fraction](double value) {
    return fraction ? fmt::format("{}", value) : fmt::format("{:.0f}", value);
  };
  if (range.max >= std::numeric_limits<double>::max()) {
    return range.min == 0 ? std::string(kind) : fmt::format("{} of at least {}", kind, bound(range.min));
  }
  return fmt::format("{} from {} to {}", kind, bound(range.min), bound(range.max));
}

bool is_inside(double value, Range range) {
  return value >= range.min && value <= range.max;
}

std::optional<json> parse_json_text(std::string_view text) {
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) return std::nullopt;
  return parsed;
}

std::optional<json> parse_as_string(std::string_view text) {
  return json(std::string(text));
}

std::optional<json> parse_list(std::string_view text) {
  json list = json::array();
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    list.push_back(std::string(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

// Reads a JSON integer that fits the field and the range.
template <class Integer>
bool assign_integer(const json& found, Integer& field, Range range) {
  if (!found.is_number_integer() || !is_inside(found.get<double>(), range)) return false;
  if (found.is_number_unsigned()) {
    const auto value = found.get<std::uint64_t>();
    if (!std::in_range<Integer>(value)) return false;
    field = static_cast<Integer>(value);
  } else {
    const auto value = found.get<std::int64_t>();
    if (!std::in_range<Integer>(value)) return false;
    field = static_cast<Integer>(value);
  }
  return true;
}

std::string shown(const json& value) {
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string normal_key(std::string_view key) {
  std::string out(key);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

}  // namespace

ConfigTable::ConfigTable() = default;
ConfigTable::~ConfigTable() = default;

void ConfigTable::add(std::string key, std::string& field, std::string help) {
  rows_.push_back({std::move(key), std::move(help), "a string", false,
                   [&field](const json& found) {
                     if (!found.is_string()) return false;
                     field = found.get<std::string>();
                     return true;
                   },
                   parse_as_string, [&field] { return json(field); }});
}

void ConfigTable::add_secret(std::string key, std::string& field, std::string help) {
  add(std::move(key), field, std::move(help));
  rows_.back().secret = true;
}

void ConfigTable::add(std::string key, bool& field, std::string help) {
  rows_.push_back({std::move(key), std::move(help), "true or false", false,
                   [&field](const json& found) {
                     if (!found.is_boolean()) return false;
                     field = found.get<bool>();
                     return true;
                   },
                   parse_json_text, [&field] { return json(field); }});
}

void ConfigTable::add(std::string key, double& field, std::string help, Range range) {
  rows_.push_back({std::move(key), std::move(help), describe_range("a number", range, true), false,
                   [&field, range](const json& found) {
                     if (!found.is_number() || !is_inside(found.get<double>(), range)) return false;
                     field = found.get<double>();
                     return true;
                   },
                   parse_json_text, [&field] { return json(field); }});
}

void ConfigTable::add(std::string key, std::vector<std::string>& field, std::string help) {
  rows_.push_back({std::move(key), std::move(help), "an array of strings", false,
                   [&field](const json& found) {
                     const auto is_string = [](const json& item) { return item.is_string(); };
                     if (!found.is_array() || !std::all_of(found.begin(), found.end(), is_string))
                       return false;
                     field = found.get<std::vector<std::string>>();
                     return true;
                   },
                   parse_list, [&field] { return json(field); }});
}

void ConfigTable::add_addresses(std::string key, std::vector<std::string>& field, std::string help) {
  add(std::move(key), field, std::move(help));
  rows_.back().secret = true;
}

void ConfigTable::add(std::string key, std::chrono::milliseconds& field, std::string help, Range range) {
  rows_.push_back({std::move(key), std::move(help), describe_range("an integer (milliseconds)", range, false),
                   false,
                   [&field, range](const json& found) {
                     std::int64_t count = 0;
                     if (!assign_integer(found, count, range)) return false;
                     field = std::chrono::milliseconds(count);
                     return true;
                   },
                   parse_json_text, [&field] { return json(field.count()); }});
}

template <class Integer>
static auto integer_row_parts(Integer& field, Range range) {
  struct Parts {
    std::string expected;
    std::function<bool(const json&)> assign;
    std::function<json()> value;
  };
  return Parts{describe_range("an integer", range, false),
               [&field, range](const json& found) { return assign_integer(found, field, range); },
               [&field] { return json(field); }};
}

void ConfigTable::add(std::string key, std::uint16_t& field, std::string help, Range range) {
  auto parts = integer_row_parts(field, range);
  rows_.push_back(
      {std::move(key), std::move(help), parts.expected, false, parts.assign, parse_json_text, parts.value});
}

void ConfigTable::add(std::string key, std::uint32_t& field, std::string help, Range range) {
  auto parts = integer_row_parts(field, range);
  rows_.push_back(
      {std::move(key), std::move(help), parts.expected, false, parts.assign, parse_json_text, parts.value});
}

void ConfigTable::add(std::string key, std::uint64_t& field, std::string help, Range range) {
  auto parts = integer_row_parts(field, range);
  rows_.push_back(
      {std::move(key), std::move(help), parts.expected, false, parts.assign, parse_json_text, parts.value});
}

void ConfigTable::add(std::string key, int& field, std::string help, Range range) {
  auto parts = integer_row_parts(field, range);
  rows_.push_back(
      {std::move(key), std::move(help), parts.expected, false, parts.assign, parse_json_text, parts.value});
}

ConfigTable::Row* ConfigTable::find(std::string_view key) {
  const std::string wanted = normal_key(key);
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) { return r.key == wanted; });
  return row == rows_.end() ? nullptr : &*row;
}

Status ConfigTable::read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kNotFound, "{}: cannot be read", path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  try {
    return read_json(json::parse(text)).map_error([&](Error e) { return std::move(e).within(path); });
  } catch (const json::exception& e) {
    return fail(ErrorCode::kInvalid, "{}: {}", path, e.what());
  }
}

Status ConfigTable::read_json(const json& object) {
  return read_object(object, "");
}

Status ConfigTable::read_object(const json& object, const std::string& prefix) {
  if (!object.is_object()) {
    return fail(ErrorCode::kInvalid, "{}: found {}, expected an object", prefix.empty() ? "/" : prefix,
                shown(object));
  }
  for (const auto& [name, value] : object.items()) {
    const std::string key = prefix.empty() ? name : prefix + "." + name;
    if (Row* row = find(key)) {
      if (!row->assign(value)) {
        return fail(ErrorCode::kInvalid, "{}: found {}, expected {}", key, row->secret ? "***" : shown(value),
                    row->expected);
      }
    } else if (value.is_object() && std::any_of(rows_.begin(), rows_.end(),
                                                [&](const Row& r) { return r.key.starts_with(key + "."); })) {
      if (auto read = read_object(value, key); !read) return read;
    } else {
      return fail(ErrorCode::kInvalid, "{}: unknown key (--print-config shows all)", key);
    }
  }
  return {};
}

Status ConfigTable::set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "{}: found no '=', expected key=value", assignment);
  }
  const std::string_view key = assignment.substr(0, equals);
  const std::string_view text = assignment.substr(equals + 1);
  Row* row = find(key);
  if (row == nullptr) return fail(ErrorCode::kInvalid, "{}: unknown key (--print-config shows all)", key);
  const auto value = row->parse(text);
  if (!value || !row->assign(*value)) {
    return fail(ErrorCode::kInvalid, "{}: found {}, expected {}", key, row->secret ? "***" : text,
                row->expected);
  }
  return {};
}

json ConfigTable::to_json() const {
  json out = json::object();
  for (const Row& row : rows_) {
    std::string pointer = "/" + row.key;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    json value = row.value();
    if (row.secret && value.is_string() && !value.get_ref<const std::string&>().empty()) value = "***";
    if (row.secret && value.is_array()) {
      for (json& item : value) item = mask_address(item.get_ref<const std::string&>());
    }
    out[json::json_pointer(pointer)] = std::move(value);
  }
  return out;
}

std::string ConfigTable::describe() const {
  std::string out;
  for (const Row& row : rows_) {
    const std::string value = row.secret ? "***" : row.value().dump();
    out += fmt::format("  {} = {}\n      {} ({})\n", row.key, value, row.help, row.expected);
  }
  return out;
}

}  // namespace stream
