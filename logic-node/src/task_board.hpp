// Knows all tasks.
#pragma once

#include <cstddef>
#include <cstdint>
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
  using Tasks = std::map<std::string, TaskPtr>;  // one for each algorithm, by the key of its state

  // `rules`: those of one's own that tasks may ask for, nullptr: none; they must outlive the tasks.
  TaskBoard(std::size_t max_objects, const Counters& counters, const decision::CustomRules* rules = nullptr)
      : max_objects_(max_objects), counters_(counters), rules_(rules) {}

  // Changes of the task keys. A record that cannot be worked with is logged and counted; what was known of
  // that algorithm before stays.
  void take(const bus::Watch::Changes& changes);

  // Grows with every change; 0: nothing is known yet.
  std::uint64_t version() const;
  Tasks tasks() const;

 private:
  void put(const bus::Entry& entry);
  void refuse(const bus::Entry& entry, const Error& error) const;

  const std::size_t max_objects_;
  const Counters counters_;
  const decision::CustomRules* const rules_;

  mutable std::mutex mutex_;             // guards everything below
  std::map<std::string, Tasks> by_key_;  // by the key of the task's record
  std::uint64_t version_ = 0;
};

}  // namespace stream::logic
