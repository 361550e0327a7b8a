// How the tasks are doing, as application-web and people are shown it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "task_book.hpp"
#include "task_states.hpp"

namespace stream::api {

// From memory: never waits. Thread-safe.
class TaskView {
 public:
  // What it is given must outlive it.
  TaskView(const TaskStates& states, const TaskBook& book) : states_(states), book_(book) {}

  // What application-web calls running: one of its algorithms is, see counts_as_running().
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
  const TaskStates& states_;
  const TaskBook& book_;
};

}  // namespace stream::api
