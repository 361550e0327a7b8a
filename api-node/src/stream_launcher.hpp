// Turns one algorithm of a task into a running stream process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "algorithms.hpp"
#include "stream/common/process.hpp"
#include "stream/common/result.hpp"
#include "stream/manifest/channel_config.hpp"
#include "stream/manifest/installation.hpp"
#include "stream/manifest/process_use.hpp"
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

// The same of a process that several tasks share.
struct SharedLaunch {
  Launch launch;
  std::string demo_file;  // of launch.files: the one that has the cameras
};

// What this node's configuration says about sharing; what it leaves open the algorithms say.
struct SharingOptions {
  std::optional<manifest::ProcessUse> process{};
  std::optional<std::uint32_t> max_channels{};
};

// Whether an algorithm of a task shares its stream process, and with whom.
struct Sharing {
  bool wanted = false;
  std::string why_not{};           // it is wanted, but cannot be; empty: it can
  std::uint64_t files = 0;         // manifest::shared_part(): the same for all that may share one
  std::uint32_t max_channels = 0;  // of one process
};

// How many cameras the process with these files has threads for; 0: they do not say.
std::uint32_t room_of(const std::map<std::string, nlohmann::json>& files);

// Thread-safe. Configures with the algorithms as they are at that moment.
class StreamLauncher {
 public:
  // `algorithms` must outlive it.
  StreamLauncher(manifest::Installation installation, const Algorithms& algorithms,
                 const std::filesystem::path& data_dir, const SharingOptions& sharing = {});

  const std::filesystem::path& data_dir() const { return data_dir_; }

  // For checks: nothing is written. Errors name the file or the JSON path.
  Result<manifest::StreamConfig> configure(const manifest::TaskDefinition& task, std::uint32_t algorithm,
                                           const manifest::FrameTarget& target,
                                           std::uint16_t control_port) const;

  // What the process of this record's algorithm would be started with now.
  Result<Launch> prepare(const TaskRecord& record, std::uint32_t algorithm, const std::string& ingest_address,
                         std::uint16_t control_port) const;
  // Errors as those of configure().
  Result<Sharing> sharing(const manifest::TaskDefinition& task, std::uint32_t algorithm) const;
  // The camera of this record's algorithm in the process that it shares. kConflict: the sample does not let
  // cameras share one any more; other errors as those of configure().
  Result<manifest::ChannelConfig> channel(const TaskRecord& record, std::uint32_t algorithm) const;
  // What the process that this record's algorithm shares would be started with now, to play `channels`. It
  // has room for max_channels, for the ids of these, and for `room`.
  Result<SharedLaunch> prepare_shared(const TaskRecord& record, std::uint32_t algorithm,
                                      const std::string& ingest_address, std::uint16_t control_port,
                                      const std::vector<manifest::ChannelConfig>& channels,
                                      std::uint32_t room = 0) const;

  // Writes what was prepared for `folder` in place of what is there and starts the process, whose output goes
  // to stream_log(). It outlives its api-node.
  Result<Process> launch(const std::string& api_node, const std::filesystem::path& folder,
                         const Launch& launch) const;

  // How it is to be supervised, as the record says. Errors as those of prepare().
  Result<StreamTerms> terms(const TaskRecord& record, std::uint32_t algorithm) const;

  // Of the process of this record's algorithm, whether it is shared or not.
  std::filesystem::path log_file(const TaskRecord& record, std::uint32_t algorithm) const;

 private:
  Result<manifest::StreamConfig> configure_shared(
      const manifest::TaskDefinition& task, std::uint32_t algorithm, const manifest::FrameTarget& target,
      std::uint16_t control_port, const std::filesystem::path& folder, std::uint32_t room) const;
  Result<manifest::AlgorithmPtr> algorithm_of(const manifest::TaskDefinition& task,
                                              std::uint32_t algorithm) const;
  Result<std::string> source_type_of(const manifest::TaskDefinition& task) const;
  std::uint32_t max_channels(const manifest::Algorithm& algorithm) const;
  // One process plays its video again and again.
  bool plays_for_ever(const manifest::TaskDefinition& task, std::uint32_t algorithm) const;
  std::vector<std::string> command(const std::filesystem::path& demo_file) const;
  std::filesystem::path config_folder(const std::string& task_id, std::uint32_t algorithm) const;

  const manifest::Installation installation_;
  const Algorithms& algorithms_;
  const std::filesystem::path data_dir_;
  const SharingOptions sharing_;
};

}  // namespace stream::api
