// Runs jobs on a few threads: those of one name one after the other, in the order in which they came; those
// of different names at the same time. So a slow job holds up its own name only (and one thread).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace stream::logic {

struct OrderedWorkersOptions {
  std::size_t threads = 4;
  std::size_t most_waiting = 10000;
  std::size_t most_waiting_per_name = 1000;
};

// Thread-safe.
class OrderedWorkers {
 public:
  using Job = std::function<void()>;

  explicit OrderedWorkers(const OrderedWorkersOptions& options);
  // Ends running jobs, drops the rest.
  ~OrderedWorkers();
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  // False, and nothing happens, when too many are waiting or stop() was called.
  [[nodiscard]] bool submit(const std::string& name, Job job);

  // Goes on with what is waiting until `until`, then waits for the jobs that run. Gives the number of jobs
  // that were dropped.
  std::size_t stop(std::chrono::steady_clock::time_point until);

 private:
  struct Line {
    std::deque<Job> jobs;  // that have not begun
    bool running = false;
  };

  void work();

  const OrderedWorkersOptions options_;
  std::mutex mutex_;  // guards everything below, but threads_
  std::condition_variable changed_;
  std::unordered_map<std::string, Line> lines_;  // those with jobs
  std::deque<std::string> ready_;                // names with jobs of which none runs, longest waiting first
  std::size_t waiting_ = 0;                      // jobs that have not begun
  std::size_t running_ = 0;
  bool stopping_ = false;
  bool dropping_ = false;
  std::vector<std::jthread> threads_;  // last: ends before what it uses
};

}  // namespace stream::logic
