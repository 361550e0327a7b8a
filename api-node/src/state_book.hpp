// What the other api-nodes have told about the tasks they run, the last of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "changes.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"
#include "supervisor.hpp"

namespace stream::api {

struct HeardTask {
  std::string node;  // who told it
  SupervisedTask task;
  std::chrono::steady_clock::time_point at;
  std::int64_t at_us = 0;  // UNIX time
};

// Thread-safe.
class StateBook {
 public:
  using Clock = std::chrono::steady_clock;

  void take(const StateReport& report, Clock::time_point now);
  // Empty when nothing was told lately: it is forgotten after kForgetAfter.
  std::optional<HeardTask> find(const std::string& task_id) const;
  // What its node has changed for this revision of the record; empty when that is not heard within `timeout`.
  std::optional<Changes> changes_of(const std::string& task_id, bus::Revision revision,
                                    std::chrono::milliseconds timeout) const;

  static constexpr std::chrono::seconds kForgetAfter{60};

 private:
  void forget_old(Clock::time_point now);  // REQUIRES: mutex_ is held

  mutable std::mutex mutex_;  // guards everything below
  mutable std::condition_variable heard_;
  std::map<std::string, HeardTask> tasks_;
  Clock::time_point next_sweep_{};
};

// Hears them and fills the book; what `self` tells is passed over. Starts in the constructor, ends in the
// destructor (within about 200 ms).
class StateListener {
 public:
  StateListener(bus::Bus& bus, StateBook& book, std::string self, Metrics& metrics);

 private:
  void work(const std::stop_token& stop, bus::Bus& bus);

  StateBook& book_;
  const std::string self_;
  const Counter received_, malformed_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::api
