#include "task_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace stream::api {

using nlohmann::json;

TaskView::TaskView(LiveNodes live_nodes, const Supervisor& supervisor, const TaskBook& book,
                   std::string node_name)
    : live_nodes_(std::move(live_nodes)),
      supervisor_(supervisor),
      book_(book),
      node_name_(std::move(node_name)) {}

bool TaskView::is_up(const std::string& api_node) const {
  const auto nodes = live_nodes_("api");
  return std::any_of(nodes.begin(), nodes.end(), [&](const auto& node) { return node.node == api_node; });
}

bool TaskView::is_running(const KnownTask& task) const {
  const TaskRecord& record = *task.record;
  if (record.api_node != node_name_) return record.should_run && is_up(record.api_node);
  const std::vector<RunStatus> statuses = supervisor_.status(record.task_id);
  return std::any_of(statuses.begin(), statuses.end(),
                     [](const RunStatus& status) { return counts_as_running(status.state); });
}

json TaskView::list() const {
  json tasks = json::array();
  for (const KnownTask& task : book_.all()) {
    tasks.push_back({{"TaskID", task.record->task_id},
                     {"Status", is_running(task) ? 1 : 0},
                     {"SrcID", task.record->src_id}});
  }
  return tasks;
}

json TaskView::describe(const KnownTask& task) const {
  const TaskRecord& record = *task.record;
  const std::vector<RunStatus> statuses = supervisor_.status(record.task_id);
  const std::vector<NodeRecord> ingest_nodes = live_nodes_("ingest");
  json algorithms = json::array();
  for (std::uint32_t i = 0; i < record.algorithms.size(); ++i) {
    const AlgorithmSpec& spec = record.algorithms[i];
    json algorithm = {{"Type", spec.type}, {"Name", spec.name}, {"IngestNode", spec.ingest_node}};
    if (i < statuses.size()) {
      const RunStatus& status = statuses[i];
      algorithm["State"] = name_of(status.state);
      algorithm["Since"] = status.since_us / 1'000'000;
      algorithm["Reason"] = status.reason;
      const bool is_taken =
          std::any_of(ingest_nodes.begin(), ingest_nodes.end(),
                      [&](const NodeRecord& node) { return node.node == spec.ingest_node; });
      if (status.state == RunState::kRunning && !is_taken) {
        algorithm["Reason"] = fmt::format("ingest-node {} is not up, frames are lost", spec.ingest_node);
      }
      algorithm["LastExit"] = status.last_exit;
      algorithm["Pid"] = status.pid;
      algorithm["Restarts"] = status.restarts;
    } else {
      // Not ours to run, or ended before this process started.
      algorithm["State"] = record.api_node == node_name_ ? "ended" : "on another node";
    }
    if (const auto error = task.stream_errors.find(i); error != task.stream_errors.end()) {
      algorithm["StreamError"] = {{"Text", error->second.text}, {"At", error->second.at_us / 1'000'000}};
    }
    algorithms.push_back(std::move(algorithm));
  }
  return {{"TaskID", record.task_id}, {"Status", is_running(task) ? 1 : 0},
          {"SrcID", record.src_id},   {"CreatedAt", record.created_us / 1'000'000},
          {"Node", record.api_node},  {"Algorithms", std::move(algorithms)}};
}

}  // namespace stream::api
