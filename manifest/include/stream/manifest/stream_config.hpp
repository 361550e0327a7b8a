// The configuration of a stream process, made from a sample of the installation and a task.
//
// Reads the installation, writes nothing: the result is a set of files for a folder of the task's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "stream/common/result.hpp"
#include "stream/manifest/algorithm.hpp"
#include "stream/manifest/installation.hpp"
#include "stream/manifest/task_definition.hpp"

namespace stream::manifest {

// Where a stream process sends its frames.
struct FrameTarget {
  std::string ip;
  std::uint16_t port = 0;
  std::string path_key;  // frames go to /frames/in/<path_key>
};

struct StreamConfigRequest {
  const Installation& installation;
  const Algorithm& algorithm;
  const TaskDefinition& task;
  std::size_t index = 0;    // of the algorithm in the task
  std::string source_type;  // of the task's address
  FrameTarget target;
  std::uint16_t control_port = 0;  // for http_listen
  std::filesystem::path folder;    // absolute; references between the files point into it
  // Cameras that the process is to have room for. The one of the task has the id 0, see channel_config.hpp.
  std::uint32_t max_channels = 1;
};

// A file as the sample has it.
struct SampleFile {
  std::string path;
  nlohmann::json content;
};

struct StreamConfig {
  std::string algorithm;                        // its name
  std::map<std::string, nlohmann::json> files;  // by name in the folder
  std::map<std::string, SampleFile> samples;  // what they were made from, where the sample has it; same names
  std::string demo_file;                      // which of them starts the process
  std::int64_t graph_id = 0;                  // of the one graph
  std::int32_t sample_interval = 1;           // frames from one processed frame to the next
  nlohmann::json logic;                       // for the logic-node
};

// kNotFound or kInvalid, naming the file of the installation, when the sample, a model or a shared object is
// missing or broken, or when the graph is none a stream process could run.
Result<StreamConfig> make_stream_config(const StreamConfigRequest& request);

// How often the process plays its video if that is a file; 0: for ever.
std::int64_t loops(const StreamConfig& config);

}  // namespace stream::manifest
