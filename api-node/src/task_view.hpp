// How the tasks are doing, as application-web and people are shown it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "record_maker.hpp"
#include "supervisor.hpp"
#include "task_book.hpp"

namespace stream::api {

// From memory: never waits. Thread-safe.
class TaskView {
 public:
  // What it is given must outlive it.
  TaskView(LiveNodes live_nodes, const Supervisor& supervisor, const TaskBook& book, std::string node_name);

  // What application-web calls running: one of its algorithms is, see counts_as_running(); of a task of
  // another node: it should run, and that node is up.
  bool is_running(const KnownTask& task) const;
  // Something of it happens, or will happen without a user.
  bool has_life(const KnownTask& task) const;
  // One of its algorithms only gets slow tries any more.
  bool needs_help(const KnownTask& task) const;
  // TaskID, Status and SrcID of each task.
  nlohmann::json list() const;
  // All of one, with what each of its algorithms does.
  nlohmann::json describe(const KnownTask& task) const;

 private:
  bool is_elsewhere(const TaskRecord& record) const { return record.api_node != node_name_; }
  bool runs_elsewhere(const TaskRecord& record) const;
  bool is_up(const std::string& api_node) const;

  const LiveNodes live_nodes_;
  const Supervisor& supervisor_;
  const TaskBook& book_;
  const std::string node_name_;
};

}  // namespace stream::api
