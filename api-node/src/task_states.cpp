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

}  // namespace

TaskStates::TaskStates(LiveNodes live_nodes, const Supervisor& supervisor, const StateBook& heard,
                       std::string node_name)
    : live_nodes_(std::move(live_nodes)),
      supervisor_(supervisor),
      heard_(heard),
      node_name_(std::move(node_name)) {}

std::vector<StreamStatus> TaskStates::of(const KnownTask& task, const std::vector<NodeRecord>& live) const {
  const TaskRecord& record = *task.record;
  if (!is_elsewhere(record)) {
    auto own = supervisor_.status(record.task_id);
    return own.empty() ? from_messages(record.ends) : own;
  }
  auto heard = heard_.find(record.task_id);
  if (heard && heard->node != record.api_node) heard.reset();
  if (!record.should_run) return heard ? std::move(heard->task.statuses) : from_messages(record.ends);
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
