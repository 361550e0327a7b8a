// One algorithm as its folder describes it: algorithms/<name>/algorithm.json, checked. Values only;
// docs/manifest.md describes the format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/manifest/conversion.hpp"
#include "stream/manifest/json_path.hpp"
#include "stream/manifest/logic_part.hpp"
#include "stream/manifest/process_use.hpp"

namespace stream::manifest {

// A name for the files of some elements of the graph.
struct FileRole {
  std::string name;
  std::vector<std::string> elements;  // patterns of their names, "_group" left aside; * is any text
  bool optional = false;
  bool operator==(const FileRole&) const = default;
};

// Roles that every algorithm has.
inline constexpr const char* kDemoRole = "demo";
inline constexpr const char* kEngineRole = "engine";
inline constexpr const char* kLogicRole = "logic";

// All that is said must hold.
struct Condition {
  bool of_task = false;  // else of the file that is written to
  JsonPath place;        // without wildcards
  std::optional<bool> exists;
  std::optional<nlohmann::json> equals;
  std::optional<double> min, max;
  bool operator==(const Condition&) const = default;
};

enum class MappingSource { kTask, kValue, kRemove };

// One line of the mapping.
struct MappingEntry {
  MappingSource source = MappingSource::kTask;
  JsonPath from;         // kTask: in the request with its one algorithm
  nlohmann::json value;  // kValue
  std::string to;        // a role
  JsonPath at;           // in each file of the role
  Conversion convert = Conversion::kNone;
  double scale = 1;
  std::optional<double> min, max;
  bool refuse_outside = false;  // else numbers are moved into the range
  std::optional<nlohmann::json> fallback;
  bool remove_when_absent = false;  // else what the sample has stays
  std::vector<Condition> when;
  bool operator==(const MappingEntry&) const = default;
};

// An element that the graph gets unless it has one of that name.
struct GraphAddition {
  nlohmann::json element;  // the content of its file
  std::string after;       // a pattern; empty: the end of the graph
  bool operator==(const GraphAddition&) const = default;
};

struct Algorithm {
  std::string name;
  std::string title;  // for people
  std::vector<std::int32_t> types;
  std::string sample;                    // folder in the installation's samples/
  std::string demo;                      // file in its config/
  std::optional<std::string> engine;     // the same; empty: what the demo file names
  std::optional<std::int64_t> graph_id;  // empty: what the demo file's channel asks for, else the first
  ProcessUse process = ProcessUse::kPerTask;
  std::uint32_t max_channels = kUsualChannels;  // of one shared process
  std::vector<FileRole> roles;
  std::vector<MappingEntry> mapping;
  std::vector<GraphAddition> additions;
  nlohmann::json logic;  // members kLogicMembers, with the labels read
  std::string file;      // the manifest's path, for errors
  bool operator==(const Algorithm&) const = default;
};

// Reads a manifest of the folder `folder`, whose name it must bear. kInvalid with file, JSON path, what was
// found, what was expected; kNotFound when a file cannot be read.
Result<Algorithm> read_algorithm(const std::filesystem::path& folder);
// The same for a manifest that was read already.
Result<Algorithm> read_algorithm(const std::filesystem::path& folder, const nlohmann::json& document);

// Letters, digits, _, - and ., with no dot first: names of algorithms and of files beside them.
bool is_plain_name(std::string_view name);

// Whether the name of an element is what the pattern says; "_group" at its end is left aside, * in the
// pattern is any text.
bool matches_element(std::string_view pattern, std::string_view element);

}  // namespace stream::manifest
