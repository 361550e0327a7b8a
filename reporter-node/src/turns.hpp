// Round robin per task.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace stream::reporter {

// Whose turn it is among a task's report URLs. In memory only: a restart costs an uneven turn and nothing
// else. Confined to one thread at a time.
class Turns {
 public:
  // 0, 1, ... urls - 1, 0, ... from call to call. REQUIRES: urls > 0.
  std::size_t next(const std::string& task_id, std::size_t urls) {
    // Tasks come and go; forgetting all of them now and then is as harmless as a restart.
    if (turns_.size() >= kMaxTasks && !turns_.contains(task_id)) turns_.clear();
    return turns_[task_id]++ % urls;
  }

 private:
  static constexpr std::size_t kMaxTasks = 10'000;
  std::map<std::string, std::size_t> turns_;
};

}  // namespace stream::reporter
