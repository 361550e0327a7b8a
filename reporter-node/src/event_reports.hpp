// POSTs system events to event_urls.
//
//   queue "events" ──spread──> one queue for each URL ──one thread each──> POST
//
// So a URL that is down keeps its own events waiting, on the broker's disk, and nobody else's. Several
// reporter-nodes share all of these queues.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "delivery_policy.hpp"
#include "poster.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/rate_limit.hpp"
#include "stream/common/report_url.hpp"
#include "stream/events/system_events.hpp"

namespace stream::reporter {

struct EventUrl {
  std::string text;
  ReportUrl url;
};

// The queue of the events that wait for a URL.
std::string event_queue_of(std::string_view url);

// Works from the constructor to the destructor, which cancels all POSTs of the Poster that are under way. An
// event is POSTed until it is delivered, refused, or a day old; again after a POST in doubt, with the same
// Idempotency-Key. Without URLs events are only taken out of the queue.
class EventReports {
 public:
  // All must outlive it. `backoff`: between tries at a URL that fails.
  EventReports(bus::Bus& bus, Poster& poster, Metrics& metrics, events::SystemEvents& events,
               std::vector<EventUrl> urls, const BackoffOptions& backoff);
  ~EventReports();
  EventReports(const EventReports&) = delete;
  EventReports& operator=(const EventReports&) = delete;

 private:
  void spread(const std::stop_token& stop);
  bool spread_one(const bus::Delivery& delivery);
  void send(const std::stop_token& stop, const EventUrl& url);
  // Whether it was delivered, refused or is worth another try.
  Outcome send_one(const EventUrl& url, const bus::Delivery& delivery);
  void count(const std::string& outcome);
  void pause(const std::stop_token& stop, std::chrono::milliseconds time);

  bus::Bus& bus_;
  Poster& poster_;
  Metrics& metrics_;
  events::SystemEvents& events_;
  const std::vector<EventUrl> urls_;
  const BackoffOptions backoff_;
  RateLimit refused_log_{std::chrono::minutes(10)};

  std::mutex pause_mutex_;
  std::condition_variable_any pause_;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace stream::reporter
