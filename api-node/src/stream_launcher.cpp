#include "stream_launcher.hpp"

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
                               const fs::path& data_dir)
    : installation_(std::move(installation)),
      algorithms_(algorithms),
      data_dir_(fs::absolute(data_dir).lexically_normal()) {}

Result<StreamConfig> StreamLauncher::configure(const TaskDefinition& task, std::uint32_t algorithm,
                                               const FrameTarget& target, std::uint16_t control_port) const {
  const auto known = algorithms_.now()->get(task.algorithms.at(algorithm).type);
  if (!known)
    return tl::unexpected(Error(known.error()).within(fmt::format("/Algorithm/{}/Type", algorithm)));
  const auto source_type = manifest::source_type_of(task.address, installation_);
  if (!source_type) {
    return tl::unexpected(Error(source_type.error()).within("/InputSrc/StreamSrc/Address"));
  }
  return manifest::make_stream_config({installation_, **known, task, algorithm, *source_type, target,
                                       control_port, config_folder(task.task_id, algorithm)});
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
  return Launch{std::move(config->files),
                {installation_.executable(), "--demo_config_path=" + demo.string()}};
}

Result<Process> StreamLauncher::launch(const TaskRecord& record, std::uint32_t algorithm,
                                       const Launch& launch) const {
  const fs::path folder = config_folder(record.task_id, algorithm);
  if (auto written = write_stream_config(folder, launch.files); !written)
    return tl::unexpected(written.error());
  ProcessOptions options;
  options.arguments = launch.command;
  options.working_directory = installation_.run_folder();
  options.environment = {{"LD_LIBRARY_PATH", library_path(installation_)},
                         {kStragglerMark, straggler_mark(record.api_node, folder.parent_path())}};
  options.output_file = log_file(record.task_id, algorithm);
  options.dies_with_parent = false;
  return Process::start(options);
}

Result<RunTerms> StreamLauncher::terms(const TaskRecord& record, std::uint32_t algorithm) const {
  const auto task = definition_of(record);
  if (!task) return tl::unexpected(task.error());
  const auto source_type = manifest::source_type_of(task->address, installation_);
  if (!source_type) return tl::unexpected(source_type.error());
  const auto restart = restart_policy_of(task->algorithms.at(algorithm).restart);
  return RunTerms{{restart.value_or(RestartPolicy::kOnFailure), manifest::has_an_end(*source_type)},
                  task->address};
}

fs::path StreamLauncher::config_folder(const std::string& task_id, std::uint32_t algorithm) const {
  return algorithm_folder(data_dir_, task_id, algorithm) / "config";
}

fs::path StreamLauncher::log_file(const std::string& task_id, std::uint32_t algorithm) const {
  return algorithm_folder(data_dir_, task_id, algorithm) / "stream.log";
}

}  // namespace stream::api
