// What application-web asks for: the body of /task/create, checked.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/manifest/process_use.hpp"

namespace stream::manifest {

// One entry of "Algorithm". What else it says is read by the mapping of its algorithm.
struct AlgorithmRequest {
  std::int32_t type = 0;
  std::optional<ProcessUse> process{};  // "Extend.Process"; empty: not said
  std::string restart = "on-failure";   // "Extend.Restart": always, on-failure, on-end or never
  // "Extend.LoopNum": how often a file is played, 0 for ever; empty: as the sample says
  std::optional<std::uint32_t> loops{};
  bool operator==(const AlgorithmRequest&) const = default;
};

struct TaskDefinition {
  std::string task_id;
  std::string src_id;
  std::string address;  // of the video; may hold a password
  std::vector<AlgorithmRequest> algorithms;
  std::vector<std::string> report_urls;
  std::string report_policy = "round_robin";  // as in TaskRecord
  // "Extend.NodeLabel", one or several: only an api-node that has all of them runs the task.
  std::vector<std::string> node_labels;
  // To a device of the api-node that has the task, and never run by another: "Extend.Tied", or when that is
  // not said, because the address names a device of the machine.
  bool is_tied = false;
  nlohmann::json request;  // the body as it came
  bool operator==(const TaskDefinition&) const = default;
};

// Unknown members are ignored, known ones must be right: kInvalid with the JSON path otherwise.
Result<TaskDefinition> parse_task_definition(const nlohmann::json& body);

// The TaskID of a query or delete: 1 to 200 characters without NUL.
Result<std::string> parse_task_id(const nlohmann::json& body);

}  // namespace stream::manifest
