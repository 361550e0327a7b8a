// Turns one algorithm of a task into a running stream process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "algorithms.hpp"
#include "stream/common/process.hpp"
#include "stream/common/result.hpp"
#include "stream/manifest/installation.hpp"
#include "stream/manifest/stream_config.hpp"
#include "stream/manifest/task_definition.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_machine.hpp"

namespace stream::api {

// "host:port" or "[v6]:port" of an ingest-node, as a frame target. kInvalid when it is neither.
Result<manifest::FrameTarget> frame_target(const std::string& ingest_address, const std::string& path_key);

// All that a stream process is started with: two that are equal make processes that do the same. Holds the
// camera's password.
struct Launch {
  std::map<std::string, nlohmann::json> files;  // of its configuration
  std::vector<std::string> command;
  bool operator==(const Launch&) const = default;
};

struct RunTerms {
  StreamTerms stream;
  std::string address;  // of the video; may hold a password
};

// Thread-safe. Configures with the algorithms as they are at that moment.
class StreamLauncher {
 public:
  // `algorithms` must outlive it.
  StreamLauncher(manifest::Installation installation, const Algorithms& algorithms,
                 const std::filesystem::path& data_dir);

  const std::filesystem::path& data_dir() const { return data_dir_; }

  // For checks: nothing is written. Errors name the file or the JSON path.
  Result<manifest::StreamConfig> configure(const manifest::TaskDefinition& task, std::uint32_t algorithm,
                                           const manifest::FrameTarget& target,
                                           std::uint16_t control_port) const;

  // What the process of this record's algorithm would be started with now.
  Result<Launch> prepare(const TaskRecord& record, std::uint32_t algorithm, const std::string& ingest_address,
                         std::uint16_t control_port) const;
  // Writes what was prepared in place of what is there and starts the process, whose output goes to
  // log_file(). It outlives its api-node.
  Result<Process> launch(const TaskRecord& record, std::uint32_t algorithm, const Launch& launch) const;

  // How it is to be supervised, as the record says. Errors as those of prepare().
  Result<RunTerms> terms(const TaskRecord& record, std::uint32_t algorithm) const;

  std::filesystem::path log_file(const std::string& task_id, std::uint32_t algorithm) const;

 private:
  std::filesystem::path config_folder(const std::string& task_id, std::uint32_t algorithm) const;

  const manifest::Installation installation_;
  const Algorithms& algorithms_;
  const std::filesystem::path data_dir_;
};

}  // namespace stream::api
