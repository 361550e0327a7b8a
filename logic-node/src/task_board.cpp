#include "task_board.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/log.hpp"
#include "stream/ownership/rendezvous.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::logic {

TaskBoard::TaskBoard(std::string node, std::size_t max_objects, const Counters& counters, OnOwned on_owned)
    : node_(std::move(node)),
      max_objects_(max_objects),
      counters_(counters),
      on_owned_(std::move(on_owned)) {}

void TaskBoard::on_tasks(const bus::Watch::Changes& changes) {
  const std::lock_guard lock(mutex_);
  if (changes.reset) tasks_.clear();
  for (const auto& entry : changes.entries) {
    if (entry.deleted) {
      tasks_.erase(entry.key);
    } else {
      tasks_[entry.key] = read_record(entry);
    }
  }
  hand_over();
}

void TaskBoard::on_nodes(std::vector<std::string> live_nodes) {
  if (std::find(live_nodes.begin(), live_nodes.end(), node_) == live_nodes.end()) return;
  const std::lock_guard lock(mutex_);
  live_nodes_ = std::move(live_nodes);
  hand_over();
}

std::vector<TaskPtr> TaskBoard::read_record(const bus::Entry& entry) const {
  const auto refuse = [&](const Error& error) {
    counters_.records_refused.add();
    log::error("task_refused", {{"key", entry.key}, {"why", error.message}});
  };
  const auto record = decode<TaskRecord>(entry.value);
  if (!record) {
    refuse(record.error());
    return {};
  }
  std::vector<TaskPtr> tasks;
  for (std::uint32_t i = 0; i < record->algorithms.size(); ++i) {
    auto task = make_task(*record, i, max_objects_);
    if (task) {
      tasks.push_back(std::make_shared<const Task>(*std::move(task)));
    } else {
      refuse(task.error());
    }
  }
  return tasks;
}

void TaskBoard::hand_over() const {
  std::vector<ownership::Candidate> nodes;
  for (const auto& node : live_nodes_) nodes.push_back({node});
  std::vector<TaskPtr> owned;
  for (const auto& [key, tasks] : tasks_) {
    for (const auto& task : tasks) {
      if (ownership::owner_of(task->task_id, nodes) == node_) owned.push_back(task);
    }
  }
  on_owned_(std::move(owned));
}

}  // namespace stream::logic
