// http_report: what became of the graphs, told to whoever the demo file names.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "demo_config.hpp"
#include "stop_event.hpp"

namespace stream::sim {

inline constexpr std::size_t kReportQueue = 20;

// Posts {"error":"<name>"}, one after the other on a thread of its own, five tries each and no pause between
// them, as the real one. Thread-safe. Without a target nothing is posted.
class Reporter {
 public:
  explicit Reporter(const std::optional<HttpTarget>& target);
  // Abandons what waits.
  ~Reporter();
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  // `name`: one of sophon-stream's error codes, e.g. SUCCESS. Dropped in silence when kReportQueue wait.
  void report(const std::string& name);

 private:
  void run();

  const std::optional<HttpTarget> target_;
  StopEvent stop_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last: started when all else is there
};

}  // namespace stream::sim
