// How the processes of any task are doing, whichever api-node runs it.
#pragma once

#include <string>
#include <vector>

#include "record_maker.hpp"
#include "state_book.hpp"
#include "supervisor.hpp"
#include "task_book.hpp"

namespace stream::api {

// From memory: never waits. Thread-safe.
class TaskStates {
 public:
  // What it is given must outlive it.
  TaskStates(LiveNodes live_nodes, const Supervisor& supervisor, const StateBook& heard,
             std::string node_name);

  // One entry per algorithm. Of a task that is not run any more: how that ended, as its record says. Of a
  // task of another api-node: what that has told; kNodeAway while it does not answer.
  std::vector<StreamStatus> of(const KnownTask& task) const { return of(task, live_nodes_("api")); }
  // The same for many, with the api-nodes that are up, asked for once.
  std::vector<StreamStatus> of(const KnownTask& task, const std::vector<NodeRecord>& live) const;
  std::vector<NodeRecord> live() const { return live_nodes_("api"); }

  bool is_elsewhere(const TaskRecord& record) const { return record.api_node != node_name_; }

 private:
  const LiveNodes live_nodes_;
  const Supervisor& supervisor_;
  const StateBook& heard_;
  const std::string node_name_;
};

}  // namespace stream::api
