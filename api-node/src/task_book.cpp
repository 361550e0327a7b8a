#include "task_book.hpp"

#include <utility>

#include "stream/schemas/topics.hpp"

namespace stream::api {

bool TaskBook::put(TaskRecord record, bus::Revision revision) {
  const std::string key = topics::task_key(record.task_id);
  const std::lock_guard lock(mutex_);
  if (const auto deleted = deletions_.find(key); deleted != deletions_.end()) {
    if (revision < deleted->second) return false;
    deletions_.erase(deleted);
  }
  KnownTask& task = tasks_[key];
  if (revision <= task.revision) return false;
  task = {std::make_shared<const TaskRecord>(std::move(record)), revision, {}};
  return true;
}

std::shared_ptr<const TaskRecord> TaskBook::erase(const std::string& key, bus::Revision revision) {
  const std::lock_guard lock(mutex_);
  const auto task = tasks_.find(key);
  if (task != tasks_.end() && task->second.revision > revision) return nullptr;
  deletions_[key] = revision;
  if (task == tasks_.end()) return nullptr;
  auto record = task->second.record;
  tasks_.erase(task);
  return record;
}

void TaskBook::settle(bus::Revision revision) {
  const std::lock_guard lock(mutex_);
  std::erase_if(deletions_, [&](const auto& entry) { return entry.second <= revision; });
}

void TaskBook::set_stream_error(const std::string& task_id, std::uint32_t algorithm, StreamError error) {
  const std::lock_guard lock(mutex_);
  const auto task = tasks_.find(topics::task_key(task_id));
  if (task == tasks_.end() || algorithm >= task->second.record->algorithms.size()) return;
  task->second.stream_errors[algorithm] = std::move(error);
}

std::optional<KnownTask> TaskBook::find(const std::string& task_id) const {
  const std::lock_guard lock(mutex_);
  const auto task = tasks_.find(topics::task_key(task_id));
  if (task == tasks_.end()) return std::nullopt;
  return task->second;
}

std::vector<KnownTask> TaskBook::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<KnownTask> tasks;
  tasks.reserve(tasks_.size());
  for (const auto& [id, task] : tasks_) tasks.push_back(task);
  return tasks;
}

}  // namespace stream::api
