// Takes alarms from the durable queue and POSTs each to one of its report URLs.
//
// One thread takes alarms, `workers` threads POST, one keeps the leases. An alarm is acknowledged only after
// a receiver took it, so it may arrive twice (always with the same Idempotency-Key) but is never lost. What
// is held is bounded in alarms and bytes; everything else stays in the queue.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "config.hpp"
#include "counters.hpp"
#include "holding.hpp"
#include "job.hpp"
#include "poster.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/rate_limit.hpp"

namespace stream::reporter {

// Works from the constructor to stop(). Thread-safe.
class Reporter {
 public:
  // All must outlive the Reporter.
  Reporter(bus::Bus& bus, Poster& poster, Metrics& metrics, const ReporterConfig& config);
  ~Reporter();  // stop()
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  // Takes no more alarms, gives those that wait back to the queue, lets the POSTs in flight end within
  // `stop_grace` and cancels those that do not; they go back to the queue, too.
  void stop();

 private:
  using JobPtr = Holding::JobPtr;

  void take(const std::stop_token& stop);
  void admit(bus::Delivery delivery);
  void work();
  void prepare(Job& job);
  Answer post(const Job& job);
  void keep_leases(const std::stop_token& stop);

  // Tells the queue what became of the job, and forgets it.
  void finish(Job& job, const Ending& ending);
  void acknowledge(const Job& job);
  bool settle(const bus::Delivery& delivery, const bus::Settlement& settlement);
  void publish(const Job& job, std::string_view outcome, const std::string& url, const Answer& answer,
               const std::string& detail);
  void attempt_failed(const Job& job, const Verdict& verdict);
  void bus_failed(const Error& error);

  bus::Bus& bus_;
  Poster& poster_;
  const ReporterConfig config_;
  Counters counters_;
  const std::unique_ptr<bus::Publisher> publisher_;
  RateLimit bus_log_{std::chrono::seconds(10)};
  RateLimit attempt_log_{std::chrono::seconds(10)};
  RateLimit file_log_{std::chrono::seconds(10)};
  Holding holding_;

  std::stop_source abandon_;  // when requested nobody waits for the broker any more
  std::mutex pause_mutex_;
  std::condition_variable_any pause_;

  std::jthread keeper_;
  std::vector<std::jthread> workers_;
  std::jthread taker_;  // last: the threads end before what they use
};

}  // namespace stream::reporter
