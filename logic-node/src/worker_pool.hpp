// Some threads that run jobs, the oldest first. For calls that block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace stream::logic {

// Thread-safe. It bounds no queue: whoever posts has its own bound.
class WorkerPool {
 public:
  using Job = std::function<void()>;

  explicit WorkerPool(std::size_t threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Never blocks. Does nothing after stop().
  void post(Job job);
  // Waits for running jobs, drops the rest. Not for a job to call.
  void stop();

 private:
  void work();

  std::mutex mutex_;  // guards everything below, but threads_
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: ends before what it uses
};

}  // namespace stream::logic
