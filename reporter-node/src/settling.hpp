// Tells the queue, and the alarm's record, what became of an alarm that it handed out.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "claims.hpp"
#include "counters.hpp"
#include "holding.hpp"
#include "job.hpp"
#include "stream/bus/bus.hpp"
#include "telling.hpp"

namespace stream::reporter {

struct SettlingOptions {
  std::uint32_t refused_rounds = 1;           // an alarm that was refused so often is set aside
  std::chrono::milliseconds refused_pace{0};  // until the next try of one that was refused
};

// Thread-safe; a job belongs to the one thread that has it.
class Settling {
 public:
  // All must outlive it.
  Settling(bus::Bus& bus, const Claims& claims, Counters& counters, Telling& telling,
           const SettlingOptions& options)
      : bus_(bus), claims_(claims), counters_(counters), telling_(telling), options_(options) {}

  // While the broker is away, waits for it where the alarm would be delivered twice otherwise.
  void finish(Job& job, const Ending& ending);
  // Nobody waits for the broker any more, from now on.
  void abandon() { abandon_.request_stop(); }

  // One call of the queue; what fails but a conflict is told.
  Status settle(const Job& job, const bus::Settlement& settlement);
  // Writes `record` in nobody's name when something of this hand-out must be remembered.
  void release(Job& job, DeliveryRecord record);
  // The record with what the round has delivered and why it failed.
  static DeliveryRecord after_round(const Job& job);
  // Repeats `step` until it returns true; false when `stop` came first.
  bool insist(const std::stop_source& stop, const std::function<bool()>& step);
  // For as long as a broker that did not answer is left alone, or until `stop`.
  void pause(const std::stop_token& stop);

 private:
  void acknowledge(Job& job);
  void refuse(Job& job, const Ending& ending);
  void park(Job& job, const std::string& reason);

  bus::Bus& bus_;
  const Claims& claims_;
  Counters& counters_;
  Telling& telling_;
  const SettlingOptions options_;
  std::stop_source abandon_;
  std::mutex pause_mutex_;
  std::condition_variable_any pause_;
};

}  // namespace stream::reporter
