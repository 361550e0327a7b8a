#include "task_view.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "config_files.hpp"

namespace stream::api {

using nlohmann::json;

namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

// To a tenth: more is noise.
double rounded(double frames_per_second) {
  return std::round(frames_per_second * 10) / 10;
}

json describe_status(const StreamStatus& status) {
  json shown = {{"State", name_of(status.state)},
                {"Since", status.since_us / kMicrosecondsPerSecond},
                {"ReasonCode", name_of(status.reason)},
                {"Reason", status.text},
                {"LastExit", status.last_exit},
                {"Pid", status.pid},
                {"Restarts", status.restarts},
                {"FpsIn", rounded(status.fps_in)},
                {"FpsPosted", rounded(status.fps_posted)},
                {"MemoryMib", status.memory_bytes >> 20U},
                {"LastFrameAt", status.last_frame_us / kMicrosecondsPerSecond}};
  if (status.exit_code) shown["ExitCode"] = *status.exit_code;
  if (status.exit_signal) shown["ExitSignal"] = *status.exit_signal;
  return shown;
}

json describe_sharing(const AlgorithmSpec& spec) {
  if (!spec.shared_key.empty()) {
    return {{"Process", "shared"},
            {"SharedProcess", shared_name(spec.shared_key)},
            {"Channel", spec.shared_channel}};
  }
  json shown = {{"Process", "per_task"}};
  if (!spec.not_shared.empty()) shown["NotShared"] = spec.not_shared;
  return shown;
}

bool any_counts_as_running(const std::vector<StreamStatus>& statuses) {
  return std::any_of(statuses.begin(), statuses.end(),
                     [](const StreamStatus& status) { return counts_as_running(status.state); });
}

}  // namespace

bool TaskView::is_running(const KnownTask& task) const {
  return any_counts_as_running(states_.of(task));
}

bool TaskView::has_life(const KnownTask& task) const {
  const auto statuses = states_.of(task);
  return std::any_of(statuses.begin(), statuses.end(), [](const StreamStatus& status) {
    return api::has_life(status) && status.reason != StreamReason::kNodeAway;
  });
}

bool TaskView::needs_help(const KnownTask& task) const {
  const auto statuses = states_.of(task);
  return std::any_of(statuses.begin(), statuses.end(),
                     [](const StreamStatus& status) { return api::needs_help(status.state); });
}

json TaskView::list() const {
  const auto live = states_.live();
  json tasks = json::array();
  for (const KnownTask& task : book_.all()) {
    tasks.push_back({{"TaskID", task.record->task_id},
                     {"Status", any_counts_as_running(states_.of(task, live)) ? 1 : 0},
                     {"SrcID", task.record->src_id}});
  }
  return tasks;
}

json TaskView::describe(const KnownTask& task) const {
  const TaskRecord& record = *task.record;
  const std::vector<StreamStatus> statuses = states_.of(task);
  json algorithms = json::array();
  for (std::uint32_t i = 0; i < record.algorithms.size(); ++i) {
    const AlgorithmSpec& spec = record.algorithms[i];
    json algorithm = {{"Type", spec.type}, {"Name", spec.name}, {"IngestNode", spec.ingest_node}};
    algorithm.update(describe_sharing(spec));
    // One that a change has added is not told of by another node yet.
    algorithm.update(describe_status(i < statuses.size() ? statuses[i] : StreamStatus{}));
    if (const auto error = task.stream_errors.find(i); error != task.stream_errors.end()) {
      algorithm["StreamError"] = {{"Text", error->second.text}, {"At", error->second.at_us / 1'000'000}};
    }
    algorithms.push_back(std::move(algorithm));
  }
  return {{"TaskID", record.task_id}, {"Status", any_counts_as_running(statuses) ? 1 : 0},
          {"SrcID", record.src_id},   {"CreatedAt", record.created_us / 1'000'000},
          {"Node", record.api_node},  {"Algorithms", std::move(algorithms)}};
}

}  // namespace stream::api
