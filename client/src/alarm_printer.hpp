// Takes alarms from the queue and shows them, for a task that nobody wants reports of.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <thread>

#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::client {

// One line, control characters escaped: task, frame, and of each event its type, object, box and Extend.
std::string describe(const Alarm& alarm);

// Works from the constructor to the destructor, on a thread of its own.
class AlarmPrinter {
 public:
  // A line of `out` for each alarm, flushed; also a file in `save_dir`, as reporter-node writes them, unless
  // that is empty. All must outlive it; nobody else writes to `out`.
  AlarmPrinter(bus::Bus& bus, Metrics& metrics, std::filesystem::path save_dir, std::ostream& out);

 private:
  void run(const std::stop_token& stop);
  void show(const bus::Delivery& delivery);

  bus::Bus& bus_;
  const std::filesystem::path save_dir_;
  std::ostream& out_;
  const Counter printed_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::client
