// Labels for counters that each task has of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "stream/common/metrics.hpp"

namespace stream {

// {task, algorithm}. A counter cannot be taken back, so at most `most_tasks` different tasks get their own in
// the life of the process; those that come later share one (task="others"). Confined to one thread.
class TaskLabels {
 public:
  explicit TaskLabels(std::size_t most_tasks) : most_tasks_(most_tasks) {}

  Labels of(const std::string& task_id, std::uint32_t algorithm) {
    if (!known_.contains(task_id)) {
      if (known_.size() >= most_tasks_) return {{"task", "others"}, {"algorithm", ""}};
      known_.insert(task_id);
    }
    return {{"task", task_id}, {"algorithm", std::to_string(algorithm)}};
  }

 private:
  const std::size_t most_tasks_;
  std::set<std::string> known_;
};

}  // namespace stream
