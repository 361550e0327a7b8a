// An object that alarms, and what the rules found out about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace stream::decision {

struct ObjectAlarm {
  std::size_t object = 0;    // index in the frame's list of objects
  std::string key;           // as in the frame; of objects told apart by position, their number
  std::int64_t stay_us = 0;  // since its stay began
  std::int64_t away_us = 0;  // of that, time in which it did not count
  std::uint32_t count = 0;   // objects in its area that pass schedule and size; without areas, in the frame
  std::optional<std::size_t> area = {};  // the first that it is in, by its index in the rules
  std::optional<std::size_t> line = {};  // that it has crossed, by its index in the rules
  nlohmann::json custom = {};            // what rules of one's own have found, by their names; null: nothing
  bool operator==(const ObjectAlarm&) const = default;
};

}  // namespace stream::decision
