// Makes the calls that units ask for, on threads of its own, and brings them the answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "alarm_pictures.hpp"
#include "counters.hpp"
#include "fetch_pool.hpp"
#include "pictures.hpp"
#include "replay.hpp"
#include "stream/bus/bus.hpp"
#include "unit.hpp"
#include "worker_pool.hpp"

namespace stream::logic {

struct UnitDriverOptions {
  std::size_t bus_threads = 8;     // calls of the bus at the same time
  std::size_t fetch_threads = 16;  // requests to ingest-nodes at the same time
  PictureLimits pictures;
  std::chrono::milliseconds fetch_deadline{1000};  // of one request for frames
};

// Thread-safe. A unit has at most one call of the bus and one request for frames out, and one request for
// each picture of its at most 64 pending alarms: that bounds the queues of the threads.
class UnitDriver {
 public:
  UnitDriver(bus::Bus& bus, Pictures& pictures, Replay& replay, const Counters& counters,
             const UnitDriverOptions& options);
  ~UnitDriver();
  UnitDriver(const UnitDriver&) = delete;
  UnitDriver& operator=(const UnitDriver&) = delete;

  // Has everything done that the unit needs now. Does not block; nor do the following.
  void pump(const UnitPtr& unit);
  void on_frame(const UnitPtr& unit, FrameMeta frame);
  // Waits for the calls that are out; makes no more.
  void stop();
  // Runs on one of the threads that call the bus.
  void post(std::function<void()> job) { bus_pool_.post(std::move(job)); }

 private:
  void make(const UnitPtr& unit, const TaskWork::Call& call);
  void make(const UnitPtr& unit, TaskWork::Fetch fetch);
  void make(const UnitPtr& unit, const TaskWork::Confirm& confirm);
  void take_filled(const UnitPtr& unit, std::uint64_t tag, const Alarm& alarm);

  bus::Bus& bus_;
  Replay& replay_;
  const UnitDriverOptions options_;
  const std::unique_ptr<bus::Publisher> publisher_;
  const AlarmPictures pictures_;
  WorkerPool bus_pool_;
  FetchPool fetch_pool_;
};

}  // namespace stream::logic
