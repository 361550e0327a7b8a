// Threads that ask ingest-nodes, in the turns of FetchLines.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>

#include "fetch_lines.hpp"
#include "worker_pool.hpp"

namespace stream::logic {

// Thread-safe.
class FetchPool {
 public:
  explicit FetchPool(std::size_t threads, const FetchLineOptions& options = {})
      : threads_(threads), lines_(options), pool_(threads) {}
  ~FetchPool() { stop(); }
  FetchPool(const FetchPool&) = delete;
  FetchPool& operator=(const FetchPool&) = delete;

  // Never blocks. Does nothing after stop().
  void post(const std::string& address, FetchJob job);
  // Waits for running jobs; the others never run. Not for a job to call.
  void stop();

 private:
  // Gives the idle threads the turns that there are. REQUIRES: mutex_ is held.
  void hand_out();
  void run(const FetchLines::Turn& turn);

  const std::size_t threads_;
  std::mutex mutex_;  // guards everything below, but pool_
  FetchLines lines_;
  std::size_t busy_ = 0;  // threads that have a turn
  bool stopping_ = false;
  WorkerPool pool_;  // last: ends before what it uses
};

}  // namespace stream::logic
