#include "task_board.hpp"

#include <set>
#include <utility>

#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {

void TaskBoard::take(const bus::Watch::Changes& changes) {
  const std::lock_guard lock(mutex_);
  if (changes.reset) {
    std::set<std::string> present;
    for (const auto& entry : changes.entries) present.insert(entry.key);
    std::erase_if(by_key_, [&](const auto& known) { return !present.contains(known.first); });
  }
  for (const auto& entry : changes.entries) {
    if (entry.deleted) {
      by_key_.erase(entry.key);
    } else {
      put(entry);
    }
  }
  ++version_;
}

std::uint64_t TaskBoard::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

TaskBoard::Tasks TaskBoard::tasks() const {
  const std::lock_guard lock(mutex_);
  Tasks all;
  for (const auto& [key, tasks] : by_key_) all.insert(tasks.begin(), tasks.end());
  return all;
}

void TaskBoard::put(const bus::Entry& entry) {
  const auto record = decode<TaskRecord>(entry.value);
  if (!record) {
    refuse(entry, record.error());
    return;
  }
  const auto before = std::exchange(by_key_[entry.key], {});
  for (std::uint32_t i = 0; i < record->algorithms.size(); ++i) {
    const auto key = topics::state_key(record->task_id, i);
    auto task = make_task(*record, i, max_objects_, rules_);
    if (task) {
      by_key_[entry.key][key] = std::make_shared<const Task>(*std::move(task));
      continue;
    }
    refuse(entry, task.error());
    if (const auto known = before.find(key); known != before.end()) by_key_[entry.key].insert(*known);
  }
}

void TaskBoard::refuse(const bus::Entry& entry, const Error& error) const {
  counters_.records_refused.add();
  log::error("task_refused", {{"key", entry.key}, {"why", error.message}});
}

}  // namespace stream::logic
