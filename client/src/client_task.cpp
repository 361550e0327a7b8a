#include "client_task.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "stream/common/clock.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/common/random.hpp"
#include "stream/manifest/algorithm_spec.hpp"
#include "stream/manifest/catalog.hpp"
#include "stream/manifest/mapping.hpp"
#include "stream/manifest/task_definition.hpp"
#include "url_list.hpp"

namespace stream::client {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int32_t kNoneInParticular = 0;
constexpr const char* kCameraEntry = "ChannelID";
constexpr std::size_t kPathKeyBytes = 16;  // of randomness

// For frames of which nothing more is known. There is no stream process of ours, so the sample is nobody's.
constexpr const char* kAnyDetections = R"({
  "name": "detections",
  "title": "detections of each class",
  "types": [0],
  "stream": {"sample": "detections"},
  "mapping": [
    {"from": "/Algorithm/Extend/InFrames", "to": "logic", "at": "/rules/seen/in_frames",
     "convert": "integer", "min": 1, "outside": "refuse"},
    {"from": "/Algorithm/Extend/OutFrames", "to": "logic", "at": "/rules/seen/out_frames",
     "convert": "integer", "min": 1, "outside": "refuse"}
  ],
  "object": {"from": "detections", "key": "class"},
  "rules": {},
  "event": {}
})";

Result<manifest::Algorithm> find_algorithm(const ClientConfig& config) {
  const fs::path folder =
      config.algorithms_dir.empty() ? manifest::installed_algorithms() : fs::path(config.algorithms_dir);
  const auto catalog = manifest::CatalogReader(folder).read();
  // A folder may have an algorithm of that number all the same.
  const bool none = config.type == kNoneInParticular && !(catalog && (*catalog)->find(config.type));
  if (none && (catalog || config.algorithms_dir.empty())) {
    return manifest::read_algorithm("detections", json::parse(kAnyDetections));
  }
  if (!catalog) return tl::unexpected(Error(catalog.error()).within("algorithms_dir"));
  return (*catalog)
      ->get(config.type)
      .map([](const manifest::AlgorithmPtr& found) { return *found; })
      .map_error([](Error error) { return std::move(error).within("type"); });
}

Result<json> read_extend(const std::string& text) {
  auto extend = parse_json(text);
  if (extend && !extend->is_object()) {
    return fail(ErrorCode::kInvalid, "extend: found {}, expected an object", describe_json(*extend));
  }
  if (!extend) return tl::unexpected(std::move(extend.error()).within("extend"));
  return extend;
}

// So that whoever gets the alarms knows which camera each is of: they share a task.
void tell_camera(json& logic) {
  json& entries = logic["event"]["extend"];
  for (const json& entry : entries) {
    if (entry["name"] == kCameraEntry) return;
  }
  entries.push_back({{"name", kCameraEntry}, {"from", "/frame/channel"}});
}

}  // namespace

Result<TaskRecord> make_task_record(const ClientConfig& config) {
  TaskRecord record;
  auto task_id = manifest::parse_task_id({{"TaskID", config.task_id}});
  if (!task_id) return tl::unexpected(std::move(task_id.error()).within("task_id"));
  auto urls = parse_url_list(config.url);
  if (!urls) return tl::unexpected(std::move(urls.error()).within("url"));
  auto extend = read_extend(config.extend);
  if (!extend) return tl::unexpected(std::move(extend.error()));
  const auto algorithm = find_algorithm(config);
  if (!algorithm) return tl::unexpected(algorithm.error());

  const json request = {
      {"TaskID", *task_id},
      {"Algorithm", json::array({{{"Type", config.type}, {"Extend", *std::move(extend)}}})}};
  auto logic = manifest::resolve_logic(*algorithm, request, 0);
  if (!logic) return tl::unexpected(Error(logic.error()).within("extend"));
  if (config.cameras > 1) tell_camera(*logic);
  auto spec = manifest::make_algorithm_spec(config.type, algorithm->name, *logic,
                                            static_cast<std::int32_t>(config.sample_interval));
  if (!spec) return tl::unexpected(std::move(spec.error()));

  record.task_id = *std::move(task_id);
  record.src_id = config.src_id;
  record.definition_json = request.dump();
  record.created_us = unix_us();
  record.report_urls = *std::move(urls);
  for (std::uint32_t i = 0; i < config.cameras; ++i) {
    spec->path_key = random_hex(kPathKeyBytes);
    record.algorithms.push_back(*spec);
  }
  return record;
}

}  // namespace stream::client
