#include "stream_launcher.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "config_files.hpp"
#include "stragglers.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/manifest/video_source.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;
using manifest::FrameTarget;
using manifest::Installation;
using manifest::StreamConfig;
using manifest::TaskDefinition;

constexpr std::uint32_t kAnyRoom = 2, kMostRoom = 256;  // of a process that is shared

std::string library_path(const Installation& installation) {
  std::string path = installation.library_folder();
  if (const char* inherited = std::getenv("LD_LIBRARY_PATH"); inherited != nullptr && *inherited != '\0') {
    path += ':';
    path += inherited;
  }
  return path;
}

Result<TaskDefinition> definition_of(const TaskRecord& record) {
  return parse_json(record.definition_json).and_then(manifest::parse_task_definition);
}

}  // namespace

// http_push has a thread for each.
std::uint32_t room_of(const std::map<std::string, nlohmann::json>& files) {
  for (const auto& [name, content] : files) {
    if (!content.is_object() || content.value("name", nlohmann::json()) != "http_push") continue;
    const auto threads = content.value("thread_number", nlohmann::json());
    return threads.is_number_unsigned() ? std::min(threads.get<std::uint32_t>(), kMostRoom) : 0;
  }
  return 0;
}

Result<FrameTarget> frame_target(const std::string& ingest_address, const std::string& path_key) {
  const std::size_t colon = ingest_address.rfind(':');
  FrameTarget target;
  target.path_key = path_key;
  if (colon != std::string::npos && colon > 0) {
    target.ip = ingest_address.substr(0, colon);
    if (target.ip.starts_with('[') && target.ip.ends_with(']'))
      target.ip = target.ip.substr(1, target.ip.size() - 2);
    const char* end = ingest_address.data() + ingest_address.size();
    const auto parsed = std::from_chars(ingest_address.data() + colon + 1, end, target.port);
    if (parsed.ec == std::errc() && parsed.ptr == end && target.port != 0) return target;
  }
  return fail(ErrorCode::kInvalid, "the ingest-node's address: found \"{}\", expected host:port",
              ingest_address);
}

StreamLauncher::StreamLauncher(Installation installation, const Algorithms& algorithms,
                               const fs::path& data_dir, const SharingOptions& sharing)
    : installation_(std::move(installation)),
      algorithms_(algorithms),
      data_dir_(fs::absolute(data_dir).lexically_normal()),
      sharing_(sharing) {}

Result<manifest::AlgorithmPtr> StreamLauncher::algorithm_of(const TaskDefinition& task,
                                                            std::uint32_t algorithm) const {
  return algorithms_.now()->get(task.algorithms.at(algorithm).type).map_error([&](Error error) {
    return std::move(error).within(fmt::format("/Algorithm/{}/Type", algorithm));
  });
}

Result<std::string> StreamLauncher::source_type_of(const TaskDefinition& task) const {
  return manifest::source_type_of(task.address, installation_).map_error([](Error error) {
    return std::move(error).within("/InputSrc/StreamSrc/Address");
  });
}

Result<StreamConfig> StreamLauncher::configure(const TaskDefinition& task, std::uint32_t algorithm,
                                               const FrameTarget& target, std::uint16_t control_port) const {
  const auto known = algorithm_of(task, algorithm);
  if (!known) return tl::unexpected(known.error());
  const auto source_type = source_type_of(task);
  if (!source_type) return tl::unexpected(source_type.error());
  return manifest::make_stream_config({installation_, **known, task, algorithm, *source_type, target,
                                       control_port, config_folder(task.task_id, algorithm)});
}

// ---- of a process that is shared

Result<StreamConfig> StreamLauncher::configure_shared(const TaskDefinition& task, std::uint32_t algorithm,
                                                      const FrameTarget& target, std::uint16_t control_port,
                                                      const fs::path& folder, std::uint32_t room) const {
  const auto known = algorithm_of(task, algorithm);
  if (!known) return tl::unexpected(known.error());
  const auto source_type = source_type_of(task);
  if (!source_type) return tl::unexpected(source_type.error());
  return manifest::make_stream_config(
      {installation_, **known, task, algorithm, *source_type, target, control_port, folder, room});
}

std::uint32_t StreamLauncher::max_channels(const manifest::Algorithm& algorithm) const {
  return sharing_.max_channels.value_or(algorithm.max_channels);
}

Result<Sharing> StreamLauncher::sharing(const TaskDefinition& task, std::uint32_t algorithm) const {
  const auto known = algorithm_of(task, algorithm);
  if (!known) return tl::unexpected(known.error());
  const auto source_type = source_type_of(task);
  if (!source_type) return tl::unexpected(source_type.error());
  const manifest::AlgorithmRequest& request = task.algorithms.at(algorithm);
  Sharing sharing;
  sharing.max_channels = max_channels(**known);
  sharing.wanted = request.process.value_or(sharing_.process.value_or((*known)->process)) ==
                       manifest::ProcessUse::kShared &&
                   sharing.max_channels > 1;
  if (!sharing.wanted) return sharing;
  // The process counts the sources that end, and takes the others with it.
  if (manifest::has_an_end(*source_type)) {
    sharing.why_not = "its video comes to an end";
    return sharing;
  }
  const auto restart = restart_policy_of(request.restart).value_or(RestartPolicy::kOnFailure);
  if (restart == RestartPolicy::kNever || restart == RestartPolicy::kOnEnd) {
    sharing.why_not = fmt::format("it is not to be restarted ({}), others are", request.restart);
    return sharing;
  }
  // Whatever max_channels is: who shares may go on to when that is changed.
  const auto config = configure_shared(task, algorithm, {}, 0, "/", kAnyRoom);
  if (!config) return tl::unexpected(config.error());
  sharing.files = manifest::shared_part(*config);
  if (const auto channel = manifest::channel_config(*config, 0); !channel)
    sharing.why_not = channel.error().message;
  return sharing;
}

Result<manifest::ChannelConfig> StreamLauncher::channel(const TaskRecord& record,
                                                        std::uint32_t algorithm) const {
  const auto task = definition_of(record);
  if (!task) return tl::unexpected(task.error());
  const auto config = configure_shared(*task, algorithm, {}, 0, "/", kAnyRoom);
  if (!config) return tl::unexpected(config.error());
  return manifest::channel_config(*config, record.algorithms.at(algorithm).shared_channel)
      .map_error([](const Error& error) {
        return Error{ErrorCode::kConflict, error.message};
      });
}

Result<SharedLaunch> StreamLauncher::prepare_shared(const TaskRecord& record, std::uint32_t algorithm,
                                                    const std::string& ingest_address,
                                                    std::uint16_t control_port,
                                                    const std::vector<manifest::ChannelConfig>& channels,
                                                    std::uint32_t room) const {
  const std::string& key = record.algorithms.at(algorithm).shared_key;
  const auto task = definition_of(record);
  if (!task) return tl::unexpected(task.error());
  const auto target = frame_target(ingest_address, key);
  if (!target) return tl::unexpected(target.error());
  const fs::path folder = shared_folder(data_dir_, key) / "config";
  const auto known = algorithm_of(*task, algorithm);
  if (!known) return tl::unexpected(known.error());
  room = std::max(room, max_channels(**known));
  for (const auto& channel : channels) room = std::max(room, static_cast<std::uint32_t>(channel.id) + 1);
  auto config = configure_shared(*task, algorithm, *target, control_port, folder, room);
  if (!config) return tl::unexpected(config.error());
  manifest::set_channels(*config, channels);
  return SharedLaunch{{std::move(config->files), command(folder / config->demo_file)}, config->demo_file};
}

// ---- of any

std::vector<std::string> StreamLauncher::command(const fs::path& demo_file) const {
  return {installation_.executable(), "--demo_config_path=" + demo_file.string()};
}

Result<Launch> StreamLauncher::prepare(const TaskRecord& record, std::uint32_t algorithm,
                                       const std::string& ingest_address, std::uint16_t control_port) const {
  const auto task = definition_of(record);
  if (!task) return tl::unexpected(task.error());
  const auto target = frame_target(ingest_address, record.algorithms.at(algorithm).path_key);
  if (!target) return tl::unexpected(target.error());
  auto config = configure(*task, algorithm, *target, control_port);
  if (!config) return tl::unexpected(config.error());
  const fs::path demo = config_folder(record.task_id, algorithm) / config->demo_file;
  return Launch{std::move(config->files), command(demo)};
}

Result<Process> StreamLauncher::launch(const std::string& api_node, const fs::path& folder,
                                       const Launch& launch) const {
  if (auto written = write_stream_config(folder / "config", launch.files); !written)
    return tl::unexpected(written.error());
  ProcessOptions options;
  options.arguments = launch.command;
  options.working_directory = installation_.run_folder();
  options.environment = {{"LD_LIBRARY_PATH", library_path(installation_)},
                         {kStragglerMark, straggler_mark(api_node, folder)}};
  options.output_file = stream_log(folder);
  options.dies_with_parent = false;
  return Process::start(options);
}

Result<StreamTerms> StreamLauncher::terms(const TaskRecord& record, std::uint32_t algorithm) const {
  const auto task = definition_of(record);
  if (!task) return tl::unexpected(task.error());
  const auto source_type = manifest::source_type_of(task->address, installation_);
  if (!source_type) return tl::unexpected(source_type.error());
  const auto restart = restart_policy_of(task->algorithms.at(algorithm).restart);
  const bool source_ends = manifest::has_an_end(*source_type) && !plays_for_ever(*task, algorithm);
  return StreamTerms{restart.value_or(RestartPolicy::kOnFailure), source_ends};
}

bool StreamLauncher::plays_for_ever(const TaskDefinition& task, std::uint32_t algorithm) const {
  if (const auto& loops = task.algorithms.at(algorithm).loops) return *loops == 0;
  const auto config = configure(task, algorithm, {}, 0);  // where the sample has the say
  return config && manifest::loops(*config) == 0;
}

fs::path StreamLauncher::config_folder(const std::string& task_id, std::uint32_t algorithm) const {
  return algorithm_folder(data_dir_, task_id, algorithm) / "config";
}

fs::path StreamLauncher::log_file(const TaskRecord& record, std::uint32_t algorithm) const {
  const std::string& key = record.algorithms.at(algorithm).shared_key;
  return stream_log(key.empty() ? algorithm_folder(data_dir_, record.task_id, algorithm)
                                : shared_folder(data_dir_, key));
}

}  // namespace stream::api
