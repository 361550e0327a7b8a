// Puts alarms into the durable queue, and a copy of each on its topic while somebody listens.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "counters.hpp"
#include "stream/bus/bus.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::logic {

// Thread-safe.
class AlarmSender {
 public:
  AlarmSender(bus::Bus& bus, const Counters& counters);

  // Returns when the alarm is durable (true). While the queue is full or does not answer the same id is
  // offered again and again, so the caller's thread waits: it is the same queue for every alarm, and so
  // nothing that could go on is held up. False only after give_up_at().
  bool send(const Alarm& alarm);

  // From this time on send() no longer repeats.
  void give_up_at(std::chrono::steady_clock::time_point time);

 private:
  bool wait_before_repeat(std::chrono::milliseconds delay);
  void copy_to_topic(const Alarm& alarm, const std::string& payload);

  bus::Bus& bus_;
  const Counters counters_;
  const std::unique_ptr<bus::Publisher> publisher_;

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::chrono::steady_clock::time_point give_up_at_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace stream::logic
