// Turns one algorithm of a task into a running stream process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "algorithm_catalog.hpp"
#include "installation.hpp"
#include "stream/common/process.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_config.hpp"
#include "task_definition.hpp"

namespace stream::api {

// "host:port" or "[v6]:port" of an ingest-node, as a frame target. kInvalid when it is neither.
Result<FrameTarget> frame_target(const std::string& ingest_address, const std::string& path_key);

// Immutable, so thread-safe.
class StreamLauncher {
 public:
  StreamLauncher(Installation installation, AlgorithmCatalog catalog, const std::filesystem::path& data_dir);

  const AlgorithmCatalog& catalog() const { return catalog_; }
  const std::filesystem::path& data_dir() const { return data_dir_; }

  // What launch() would write, for checks: nothing is written. Errors name the file or the JSON path.
  Result<StreamConfig> configure(const TaskDefinition& task, std::uint32_t algorithm,
                                 const FrameTarget& target, std::uint16_t control_port) const;

  // Writes the configuration anew and starts the process, whose output goes to log_file(). It dies with the
  // calling thread.
  Result<Process> launch(const TaskRecord& record, std::uint32_t algorithm, const std::string& ingest_address,
                         std::uint16_t control_port) const;

  std::filesystem::path log_file(const std::string& task_id, std::uint32_t algorithm) const;

 private:
  const Installation installation_;
  const AlgorithmCatalog catalog_;
  const std::filesystem::path data_dir_;
};

}  // namespace stream::api
