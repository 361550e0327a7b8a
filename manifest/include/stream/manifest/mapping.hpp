// Carries what a task says into configuration files, as the mapping of its algorithm tells. Pure: values in,
// values out.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/manifest/algorithm.hpp"

namespace stream::manifest {

// A file that a role stands for.
struct MappingTarget {
  std::string file;  // for errors
  nlohmann::json* content = nullptr;
};

using MappingTargets = std::map<std::string, std::vector<MappingTarget>>;  // by role

// The body of a create with its one entry `index` as Algorithm: what `from` looks into.
nlohmann::json with_one_algorithm(const nlohmann::json& request, std::size_t index);

// Applies all entries whose role is among the targets, in order. kInvalid, naming the place in the request or
// in the file and the entry, for what cannot be done; the files are half done then. Areas and lines that were
// drawn on a picture of another size (the rules' drawn_on) are absent for files.
Status apply_mapping(const Algorithm& algorithm, const nlohmann::json& request, std::size_t index,
                     const MappingTargets& targets);

// What the logic-node gets for a task: the manifest's part, with the task's Extend.Rules merged in and the
// mapping applied. What Extend.Rules says wins over the mapping. Checked.
Result<nlohmann::json> resolve_logic(const Algorithm& algorithm, const nlohmann::json& request,
                                     std::size_t index);

}  // namespace stream::manifest
