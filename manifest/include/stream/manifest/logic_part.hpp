// The part of a manifest that the logic-node works with; as text it travels in AlgorithmSpec::logic_json.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/manifest/event.hpp"
#include "stream/manifest/object_spec.hpp"
#include "stream/manifest/rules.hpp"

namespace stream::manifest {

struct LogicPart {
  ObjectSpec object;
  Rules rules;
  Event event;
  std::vector<std::string> labels;  // names of the classes by number
  LabelTables tables;
  bool operator==(const LogicPart&) const = default;
};

// Members of the manifest that make it up.
inline constexpr std::array<const char*, 5> kLogicMembers = {"object", "rules", "event", "labels", "tables"};

// Reads the members above and leaves others to the caller. Strict; complains in the reader's error slot.
LogicPart read_logic_part(const JsonReader& root);

// From the text. kInvalid with the JSON path, what was found and what was expected.
Result<LogicPart> parse_logic_part(std::string_view text);

}  // namespace stream::manifest
