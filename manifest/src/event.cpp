#include "stream/manifest/event.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>

namespace stream::manifest {
namespace {

using nlohmann::json;

constexpr int kMaxDigits = 9;

// The pictures that objects of a list can have.
Crop read_crop(const JsonReader& reader, ObjectList from) {
  using enum Crop;
  const auto one_of = [&](std::initializer_list<std::string_view> names, std::initializer_list<Crop> crops) {
    return crops.begin()[reader.choice(names)];
  };
  switch (from) {
    case ObjectList::kSubObjects:
      return one_of({"square", "box", "sub_object"}, {kSquare, kBox, kSubObject});
    case ObjectList::kPoses:
      return one_of({"square", "box", "pose"}, {kSquare, kBox, kPose});
    case ObjectList::kFaces:
      return one_of({"square", "box", "face"}, {kSquare, kBox, kFace});
    case ObjectList::kDetections:
    case ObjectList::kTracks:
      return one_of({"square", "box"}, {kSquare, kBox});
  }
  return kSquare;
}

// Where in an object an entry looks.
JsonPath read_source(const JsonReader& reader) {
  auto path = JsonPath::parse(reader.string());
  if (!path) {
    reader.complain(path.error().message);
    return {};
  }
  const json first = path->is_root() ? json("") : json(path->tokens().front());
  std::optional<Error> unknown;
  JsonReader(first, unknown)
      .choice({"key", "index", "label", "class", "class_name", "score", "track_id", "box", "frame", "stay_s",
               "leave_s", "count", "area", "line", "custom"});
  if (unknown || path->has_wildcard()) {
    reader.complain(
        "a pointer that begins with /key, /index, /label, /class, /class_name, /score, /track_id, /box, "
        "/frame, /stay_s, /leave_s, /count, /area, /line or /custom");
  }
  return *std::move(path);
}

ExtendEntry read_entry(const JsonReader& reader, const LabelTables& tables) {
  reader.expect_only({"name", "from", "table", "default", "format", "digits"});
  ExtendEntry entry{reader["name"].string(), read_source(reader["from"]), {}, {}, ValueFormat::kJson, 0};
  if (entry.name.empty()) reader["name"].complain("a name");
  if (const JsonReader table = reader["table"]; !table.is_missing()) {
    entry.table = table.string();
    if (!tables.contains(entry.table)) table.complain("the name of one of /tables");
  }
  if (const JsonReader fallback = reader["default"]; !fallback.is_missing()) entry.fallback = fallback.raw();
  if (const JsonReader format = reader["format"]; !format.is_missing()) {
    entry.format = static_cast<ValueFormat>(format.choice({"json", "text", "number", "percent", "time"}));
  }
  if (const JsonReader digits = reader["digits"]; !digits.is_missing()) {
    entry.digits = static_cast<int>(digits.integer(0, kMaxDigits));
    if (entry.format != ValueFormat::kNumber && entry.format != ValueFormat::kPercent)
      digits.complain("none, because the format is neither number nor percent");
  }
  return entry;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<json> as_time(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  constexpr std::int64_t kMicroseconds = 1'000'000;
  const auto us = value.get<std::int64_t>();
  const auto time = static_cast<std::time_t>(us / kMicroseconds);
  std::tm parts{};
  std::array<char, 32> text{};
  if (us < 0 || ::gmtime_r(&time, &parts) == nullptr) return std::nullopt;
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  constexpr std::int64_t kMilliseconds = 1000;
  return fmt::format("{}.{:03}Z", text.data(), us % kMicroseconds / kMilliseconds);
}

std::optional<json> formatted(const ExtendEntry& entry, const json& value) {
  switch (entry.format) {
    case ValueFormat::kJson:
      return value;
    case ValueFormat::kText:
      return text_of(value);
    case ValueFormat::kNumber: {
      if (!value.is_number()) return std::nullopt;
      const double scale = std::pow(10.0, entry.digits);
      const double rounded = std::round(value.get<double>() * scale) / scale;
      constexpr double kMostWhole = 9e15;  // that a double holds exactly
      // 10 and not 10.0: receivers want integers.
      if (entry.digits == 0 && std::abs(rounded) <= kMostWhole) return static_cast<std::int64_t>(rounded);
      return rounded;
    }
    case ValueFormat::kPercent:
      if (!value.is_number()) return std::nullopt;
      return fmt::format("{:.{}f}%", value.get<double>() * 100, entry.digits);
    case ValueFormat::kTime:
      return as_time(value);
  }
  return std::nullopt;
}

}  // namespace

Event read_event(const JsonReader& event, ObjectList from, const LabelTables& tables) {
  Event read;
  if (event.is_missing()) return read;
  event.expect_only({"crop", "extend"});
  if (const JsonReader crop = event["crop"]; !crop.is_missing()) read.crop = read_crop(crop, from);
  const JsonReader extend = event["extend"];
  if (extend.is_missing()) return read;
  for (std::size_t i = 0, count = extend.size(); i < count; ++i)
    read.extend.push_back(read_entry(extend[i], tables));
  return read;
}

LabelTables read_label_tables(const JsonReader& tables) {
  LabelTables read;
  if (tables.is_missing()) return read;
  tables.expect_object();
  if (!tables.raw().is_object()) return read;
  for (const auto& [name, table] : tables.raw().items()) {
    const JsonReader labels = tables[name];
    labels.expect_object();
    LabelTable& one = read[name];
    if (!table.is_object()) continue;
    for (const auto& [key, label] : table.items()) one[key] = labels[key].string();
  }
  return read;
}

std::optional<json> extend_value(const ExtendEntry& entry, const json& value, const LabelTables& tables) {
  std::optional<json> said;
  if (!value.is_null()) {
    if (entry.table.empty()) {
      said = formatted(entry, value);
    } else if (const auto table = tables.find(entry.table); table != tables.end()) {
      if (const auto label = table->second.find(text_of(value)); label != table->second.end())
        said = formatted(entry, label->second);
    }
  }
  return said ? said : entry.fallback;
}

}  // namespace stream::manifest
