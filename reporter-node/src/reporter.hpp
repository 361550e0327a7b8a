// Takes alarms from the durable queue and POSTs each to its report URLs.
//
// One thread takes alarms, others POST and settle, one keeps the leases. An alarm is acknowledged only after
// it was delivered, and POSTed only under a claim that no other reporter-node holds (claims.hpp): it is never
// lost, and arrives twice only when a POST was in doubt, always with the same Idempotency-Key. While the
// broker is away what has been decided is kept and settled when it is back. What is held is bounded in alarms
// and bytes; everything else stays in the queue.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "claims.hpp"
#include "config.hpp"
#include "counters.hpp"
#include "holding.hpp"
#include "job.hpp"
#include "poster.hpp"
#include "settling.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/events/system_events.hpp"
#include "telling.hpp"

namespace stream::reporter {

// Works from the constructor to stop(). Thread-safe.
class Reporter {
 public:
  // All must outlive the Reporter.
  Reporter(bus::Bus& bus, Poster& poster, Metrics& metrics, Peers peers, events::SystemEvents& events,
           const ReporterConfig& config);
  ~Reporter();  // stop()
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  // Takes no more alarms, gives those that wait back to the queue, lets the POSTs in flight end within
  // `stop_grace` and cancels those that do not; they go back to the queue, too.
  void stop();

 private:
  using JobPtr = Holding::JobPtr;

  // The taker's.
  void take(const std::stop_token& stop);
  bool pull(std::uint32_t most, bus::milliseconds wait, const bus::GroupFilter& filter, bool& empty);
  void admit(bus::Delivery delivery, UrlLines::Time leased_until);
  void hire();

  void work();
  void attempt(const JobPtr& job);
  // Makes the next attempt ours; otherwise says what to do instead.
  std::optional<Ending::Kind> claim(Job& job);
  std::optional<Ending::Kind> check_lease(Job& job, const Claim& before);
  void prepare(Job& job);
  Answer post(const Job& job);
  void keep_leases(const std::stop_token& stop);
  void sweep();

  // Settles the job and forgets it.
  void finish(Job& job, const Ending& ending);

  bus::Bus& bus_;
  Poster& poster_;
  events::SystemEvents& events_;
  const ReporterConfig config_;
  Counters counters_;
  const Claims claims_;
  Telling telling_;
  Settling settling_;
  Holding holding_;

  std::stop_source stopping_;  // nobody begins anything any more
  std::mutex pause_mutex_;
  std::condition_variable_any pause_;

  std::jthread keeper_;
  std::vector<std::jthread> workers_;  // the taker's, until it has ended
  std::jthread taker_;                 // last: the threads end before what they use
};

}  // namespace stream::reporter
