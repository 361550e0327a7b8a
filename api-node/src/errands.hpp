// Work that may wait for the broker, taken off threads that must not wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace stream::api {

// Runs jobs one after the other, those that are due first, on a thread of its own. The destructor lets the
// present one finish and drops the others. Thread-safe. Unbounded, so only for jobs that are few by nature.
class Errands {
 public:
  Errands();

  // To be run once `delay` has passed.
  void post(std::function<void()> job, std::chrono::milliseconds delay = {});

 private:
  using Clock = std::chrono::steady_clock;

  void work(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::multimap<Clock::time_point, std::function<void()>> jobs_;  // by when they are due; guarded by mutex_
  std::jthread thread_;                                           // last: ends before what it uses
};

}  // namespace stream::api
