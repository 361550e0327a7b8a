// The configuration of a stream process, made from a sample of the installation and a task.
//
// Reads the installation, writes nothing: the result is a set of files for a folder of the task's own, and
// `config_files.hpp` puts them there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "algorithm_catalog.hpp"
#include "installation.hpp"
#include "stream/common/result.hpp"
#include "task_definition.hpp"

namespace stream::api {

// Where a stream process sends its frames.
struct FrameTarget {
  std::string ip;
  std::uint16_t port = 0;
  std::string path_key;  // frames go to /frames/in/<path_key>
};

struct StreamConfigRequest {
  const Installation& installation;
  const AlgorithmManifest& manifest;
  const AlgorithmRequest& algorithm;
  std::string address;      // of the video
  std::string source_type;  // of the address
  FrameTarget target;
  std::uint16_t control_port = 0;  // for http_listen
  std::filesystem::path folder;    // absolute; references between the files point into it
};

struct StreamConfig {
  std::map<std::string, nlohmann::json> files;  // by name in the folder
  std::string demo_file;                        // which of them starts the process
  std::int32_t sample_interval = 1;             // frames from one processed frame to the next
};

// kNotFound or kInvalid, naming the file of the installation, when the sample, a model or a shared object is
// missing or broken, or when the graph is none a stream process could run.
Result<StreamConfig> make_stream_config(const StreamConfigRequest& request);

}  // namespace stream::api
