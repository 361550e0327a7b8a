// What an algorithm's alarms say of an object: its picture and the entries of Extend. docs/manifest.md
// describes the format.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stream/common/json_reader.hpp"
#include "stream/manifest/json_path.hpp"
#include "stream/manifest/object_spec.hpp"

namespace stream::manifest {

enum class Crop { kSubObject, kSquare, kBox, kFace, kPose };
enum class ValueFormat { kJson, kText, kNumber, kPercent, kTime };

using LabelTable = std::map<std::string, std::string>;
using LabelTables = std::map<std::string, LabelTable>;

struct ExtendEntry {
  std::string name;
  JsonPath from;      // in the object as docs/manifest.md shows it; without wildcards
  std::string table;  // empty: none
  std::optional<nlohmann::json> fallback;
  ValueFormat format = ValueFormat::kJson;
  int digits = 0;  // after the point; of kNumber and kPercent
  bool operator==(const ExtendEntry&) const = default;
};

struct Event {
  Crop crop = Crop::kSquare;
  std::vector<ExtendEntry> extend;
  bool operator==(const Event&) const = default;
};

// Strict; complain in the reader's error slot. A missing object is one without members.
Event read_event(const JsonReader& event, ObjectList from, const LabelTables& tables);
LabelTables read_label_tables(const JsonReader& tables);

// The text of `value` as an entry of Extend says it: looked up, formatted. Empty: it is not known, and there
// is no fallback. `value` empty or null: not known.
std::optional<nlohmann::json> extend_value(const ExtendEntry& entry, const nlohmann::json& value,
                                           const LabelTables& tables);

}  // namespace stream::manifest
