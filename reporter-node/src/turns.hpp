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
  // 0 to urls - 1; the next one after advance(). REQUIRES: urls > 0.
  std::size_t of(const std::string& task_id, std::size_t urls) const {
    const auto found = turns_.find(task_id);
    return found == turns_.end() ? 0 : found->second % urls;
  }
  void advance(const std::string& task_id) {
    // Tasks come and go; forgetting all of them now and then is as harmless as a restart.
    if (turns_.size() >= kMaxTasks && !turns_.contains(task_id)) turns_.clear();
    ++turns_[task_id];
  }

 private:
  static constexpr std::size_t kMaxTasks = 10'000;
  std::map<std::string, std::size_t> turns_;
};

}  // namespace stream::reporter
