// Work that may wait for the broker, taken off threads that must not wait.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace stream::api {

// Runs jobs one after the other on a thread of its own. The destructor lets the present one finish and drops
// the others. Thread-safe. Unbounded, so only for jobs that are few by nature.
class Errands {
 public:
  Errands();

  void post(std::function<void()> job);

 private:
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  std::jthread thread_;                     // last: ends before what it uses
};

}  // namespace stream::api
