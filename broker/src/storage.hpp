// The thread that owns the State: takes requests in batches, commits them together, parks what has to wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "control.hpp"
#include "outbox.hpp"
#include "state.hpp"
#include "stream/common/metrics.hpp"

namespace stream::broker {

// Thread-safe. A batch is what arrived while the one before was committed, so a lone request waits for nobody
// and a crowd shares one fsync. Questions are answered before the batch's commit begins.
class Storage {
 public:
  struct Job {
    std::string client;  // routing id
    bus::control::Request request;
  };

  Storage(std::unique_ptr<State> state, Outbox& outbox, Metrics& metrics);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // False when too much is waiting already: the job is refused.
  bool submit(Job job);
  // Hand-outs whose client was gone when the answer was to be sent.
  void give_back(std::vector<Lease> leases);

 private:
  using Clock = std::chrono::steady_clock;

  // A pull or a watch that waits for something to come, or a request that is being worked on.
  struct Waiting {
    std::string client;
    bus::control::Request request;
    Clock::time_point deadline;
  };

  void run(const std::stop_token& stop);
  std::vector<Job> wait_for_jobs(const std::stop_token& stop);
  Clock::time_point next_wake_up();
  void sort(std::vector<Job> jobs);
  void wake_pulls();
  void commit(const std::vector<Lease>& given_back);
  void answer_watches();
  void park(std::vector<Waiting>& parked, Waiting waiting);
  void answer(const Waiting& waiting, bus::control::Outcome outcome);

  Outbox& outbox_;
  Counter refused_;

  std::mutex mutex_;  // guards this group
  std::condition_variable_any arrived_;
  std::vector<Job> inbox_;
  std::uint64_t inbox_bytes_ = 0;
  std::vector<Lease> given_back_;

  // The thread's.
  std::unique_ptr<State> state_;
  std::vector<Waiting> writes_;           // of this batch
  std::vector<Waiting> pulls_, watches_;  // parked
  std::vector<Reply> replies_;
  Clock::time_point next_house_keeping_{};

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::broker
