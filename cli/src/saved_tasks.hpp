// The tasks that the Python server before this one has saved: stream_config_back/ with task_ids.txt, one
// TaskID a line, and a <TaskID>.json each, the body of its create.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::cli {

struct SavedTask {
  std::string id;
  Result<std::string> body;  // of a create, byte for byte; or why it cannot be had
};

struct SavedTasks {
  std::vector<SavedTask> tasks;  // in the order of task_ids.txt, each once
  std::size_t unlisted = 0;      // further files: that server never removed those of deleted tasks
};

// `folder`: stream_config_back, or the server's folder with that in it. kNotFound when neither has a
// task_ids.txt that can be read.
Result<SavedTasks> read_saved_tasks(const std::filesystem::path& folder);

}  // namespace stream::cli
