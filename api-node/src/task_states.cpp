#include "task_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "state_message.hpp"

namespace stream::api {
namespace {

std::vector<StreamStatus> all_queued(const TaskRecord& record, StreamReason reason, std::string text,
                                     std::int64_t since_us) {
  StreamStatus status;
  status.reason = reason;
  status.text = std::move(text);
  status.since_us = since_us;
  return std::vector<StreamStatus>(record.algorithms.size(), status);
}

// Of a task that is not run any more. A former release wrote nothing but that.
std::vector<StreamStatus> ends_of(const TaskRecord& record) {
  StreamStatus ended;
  ended.state = StreamState::kEnded;
  ended.over = true;
  std::vector<StreamStatus> statuses(record.algorithms.size(), ended);
  for (std::size_t i = 0; i < std::min(statuses.size(), record.ends.size()); ++i) {
    if (!record.ends[i].state.empty()) statuses[i] = from_message(record.ends[i]);
  }
  return statuses;
}

}  // namespace

TaskStates::TaskStates(LiveNodes live_nodes, const Supervisor& supervisor, const StateBook& heard,
                       std::string node_name)
    : live_nodes_(std::move(live_nodes)),
      supervisor_(supervisor),
      heard_(heard),
      node_name_(std::move(node_name)) {}

std::vector<StreamStatus> TaskStates::of(const KnownTask& task, const std::vector<NodeRecord>& live) const {
  const TaskRecord& record = *task.record;
  if (!record.should_run) return ends_of(record);
  if (!is_elsewhere(record)) {
    auto statuses = supervisor_.status(record.task_id);
    if (!statuses.empty()) return statuses;
    return all_queued(record, StreamReason::kNone, "", record.created_us);  // it is about to be looked at
  }
  auto heard = heard_.find(record.task_id);
  if (heard && heard->node != record.api_node) heard.reset();
  const auto since_us = heard ? heard->at_us : record.created_us;
  const bool is_up =
      std::any_of(live.begin(), live.end(), [&](const auto& node) { return node.node == record.api_node; });
  if (!is_up) {
    return all_queued(record, StreamReason::kNodeAway,
                      fmt::format("api-node {} does not answer", record.api_node), since_us);
  }
  // What its node has told of a former definition says nothing any more, unless it is still at work on it.
  if (heard && (heard->task.revision >= task.revision ||
                std::any_of(heard->task.statuses.begin(), heard->task.statuses.end(), has_life))) {
    return std::move(heard->task.statuses);
  }
  return all_queued(record, StreamReason::kNone,
                    fmt::format("api-node {} has not told anything yet", record.api_node), since_us);
}

}  // namespace stream::api
