#include "event_reports.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/random.hpp"

#include <algorithm>

#include "render.hpp"
#include "stream/common/hash.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {
namespace {

using std::chrono::milliseconds;

// Longer than any POST takes, so that no event is POSTed by two at once.
constexpr std::chrono::minutes kLease{2};
constexpr milliseconds kPullWait{500};
constexpr milliseconds kBrokerPause{1000};
constexpr std::uint32_t kSpreadAtOnce = 32;
constexpr std::chrono::hours kTooOld{24};

bool is_too_old(const SystemEvent& event) {
  return milliseconds(unix_ms() - event.at_ms) > kTooOld;
}

}  // namespace

std::string event_queue_of(std::string_view url) {
  return fmt::format("{}:{:016x}", topics::kEventQueue, fnv1a(url));
}

EventReports::EventReports(bus::Bus& bus, Poster& poster, Metrics& metrics, events::SystemEvents& events,
                           std::vector<EventUrl> urls, const BackoffOptions& backoff)
    : bus_(bus),
      poster_(poster),
      metrics_(metrics),
      events_(events),
      urls_(std::move(urls)),
      backoff_(backoff) {
  threads_.emplace_back([this](const std::stop_token& stop) { spread(stop); });
  for (const EventUrl& url : urls_) {
    threads_.emplace_back([this, &url](const std::stop_token& stop) { send(stop, url); });
  }
}

EventReports::~EventReports() {
  for (auto& thread : threads_) thread.request_stop();
  poster_.cancel_all();
}

void EventReports::spread(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto deliveries = bus_.pull(topics::kEventQueue, kSpreadAtOnce, kLease, kPullWait);
    if (!deliveries) {
      pause(stop, kBrokerPause);
      continue;
    }
    for (const bus::Delivery& delivery : *deliveries) {
      const bool spread = spread_one(delivery);
      // What is not settled comes again when its lease ends, and is known as a duplicate then.
      static_cast<void>(bus_.settle(topics::kEventQueue, delivery,
                                    spread ? bus::Settlement(bus::Ack{}) : bus::Retry{kBrokerPause}));
    }
  }
}

bool EventReports::spread_one(const bus::Delivery& delivery) {
  return std::ranges::all_of(urls_, [&](const EventUrl& url) {
    const auto result = bus_.enqueue(event_queue_of(url.text), delivery.id, delivery.payload);
    return result == bus::EnqueueResult::kStored || result == bus::EnqueueResult::kDuplicate;
  });
}

void EventReports::send(const std::stop_token& stop, const EventUrl& url) {
  const auto queue = event_queue_of(url.text);
  std::uint32_t failures = 0;  // in a row
  while (!stop.stop_requested()) {
    const auto deliveries = bus_.pull(queue, 1, kLease, kPullWait);
    if (!deliveries) {
      pause(stop, kBrokerPause);
      continue;
    }
    if (deliveries->empty()) continue;
    const bus::Delivery& delivery = deliveries->front();
    const auto outcome = send_one(url, delivery);
    if (outcome != Outcome::kRetry) {
      failures = 0;
      static_cast<void>(bus_.settle(queue, delivery, bus::Ack{}));
      continue;
    }
    const auto in = backoff(backoff_, ++failures, random_fraction());
    static_cast<void>(bus_.settle(queue, delivery, bus::Retry{stop.stop_requested() ? milliseconds(0) : in}));
    pause(stop, in);
  }
}

Outcome EventReports::send_one(const EventUrl& url, const bus::Delivery& delivery) {
  const auto event = decode<SystemEvent>(delivery.payload);
  if (!event || is_too_old(*event)) {
    count(event ? "expired" : "malformed");
    return Outcome::kRefused;
  }
  const auto answer = poster_.post(
      url.url,
      {{"Idempotency-Key", header_value(event->id)}, {"X-Attempt", std::to_string(delivery.attempt)}},
      render_event(*event));
  const auto verdict = judge(answer, true);
  if (answer.failure == Answer::Failure::kCancelled) return Outcome::kRetry;
  count(std::string(to_string(verdict.outcome)));
  events_.see({events::Kind::kReceiver, url.text, verdict.outcome == Outcome::kRetry, verdict.detail});
  if (verdict.outcome == Outcome::kRefused) {
    if (const auto held_back = refused_log_.admit(std::chrono::steady_clock::now())) {
      log::warn(
          "event_refused",
          {{"url", url.text}, {"event", event->id}, {"why", verdict.detail}, {"held_back", *held_back}});
    }
  }
  return verdict.outcome;
}

void EventReports::count(const std::string& outcome) {
  metrics_
      .counter("stream_reporter_events_total", "POSTs of system events, and events that were given up",
               {{"outcome", outcome}})
      .add();
}

void EventReports::pause(const std::stop_token& stop, milliseconds time) {
  std::unique_lock lock(pause_mutex_);
  pause_.wait_for(lock, stop, time, [&] { return stop.stop_requested(); });
}

}  // namespace stream::reporter
