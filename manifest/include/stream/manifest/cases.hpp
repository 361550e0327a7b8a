// The tests that an algorithm brings along: cases/<case>/{task,frames,expected}.json. docs/manifest.md
// describes the format.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::manifest {

// What is empty is not compared.
struct ExpectedEvent {
  std::optional<std::string> key;
  std::optional<std::array<std::int64_t, 4>> box;  // left, top, right, bottom, px
  std::optional<nlohmann::json> extend;
  bool operator==(const ExpectedEvent&) const = default;
};

struct ExpectedAlarm {
  std::int64_t frame = 0;  // FrameMeta::frame_id
  std::vector<ExpectedEvent> events;
  bool operator==(const ExpectedAlarm&) const = default;
};

struct Case {
  std::string name;     // of its folder
  nlohmann::json task;  // a create request with one algorithm, checked
  std::vector<FrameMeta> frames;
  std::vector<ExpectedAlarm> expected;
};

// All cases of an algorithm's folder, by name; none is fine. kInvalid or kNotFound with file and place.
Result<std::vector<Case>> read_cases(const std::filesystem::path& folder);

// What is different, a line each: empty when `decided` is what is expected. Events of `decided` have all
// members.
std::vector<std::string> differences(const std::vector<ExpectedAlarm>& expected,
                                     const std::vector<ExpectedAlarm>& decided);

}  // namespace stream::manifest
