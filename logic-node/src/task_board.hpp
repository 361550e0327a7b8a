// Knows all tasks and all live logic-nodes, and so which tasks are this node's.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "counters.hpp"
#include "stream/bus/bus.hpp"
#include "task.hpp"

namespace stream::logic {

// Thread-safe.
class TaskBoard {
 public:
  using OnOwned = std::function<void(std::vector<TaskPtr>)>;

  // `on_owned` gets all tasks of `node` after every change, one call at a time, from the thread that brought
  // the change. It must not call back.
  TaskBoard(std::string node, std::size_t max_objects, const Counters& counters, OnOwned on_owned);

  // Changes of the task keys. A record that cannot be worked with is logged, counted and left out; of one
  // with several algorithms the others go on.
  void on_tasks(const bus::Watch::Changes& changes);
  // The names of the live logic-nodes. A list without ourselves changes nothing: it says that we cannot see
  // well, as when the broker has just started again, not that our tasks are somebody else's.
  void on_nodes(std::vector<std::string> live_nodes);

 private:
  std::vector<TaskPtr> read_record(const bus::Entry& entry) const;
  void hand_over() const;

  const std::string node_;
  const std::size_t max_objects_;
  const Counters counters_;
  const OnOwned on_owned_;

  std::mutex mutex_;                                   // guards everything below
  std::map<std::string, std::vector<TaskPtr>> tasks_;  // by key
  std::vector<std::string> live_nodes_;
};

}  // namespace stream::logic
