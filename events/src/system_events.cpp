#include "stream/events/system_events.hpp"

#include <utility>

#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::events {
namespace {

constexpr std::chrono::milliseconds kLookEvery{200};
constexpr std::chrono::milliseconds kTryAgain{1000};

}  // namespace

void SystemEventsOptions::describe(ConfigTable& table) {
  table.add("event_hold_ms", board.hold, "what a system event told is over when it has been well for so long",
            {0, 3'600'000});
}

SystemEvents::SystemEvents(bus::Bus& bus, std::string node, Metrics& metrics,
                           const SystemEventsOptions& options)
    : bus_(bus),
      metrics_(metrics),
      options_(options),
      dropped_(metrics.counter("stream_events_dropped_total", "System events that only the log was told",
                               {{"reason", "full"}})),
      publisher_(bus.make_publisher()),
      board_(std::move(node), options.board, random_u64),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SystemEvents::~SystemEvents() {
  thread_.request_stop();
  thread_.join();
  if (bus_.healthy()) tell_waiting();
}

void SystemEvents::see(const Sight& sight) {
  const std::lock_guard lock(mutex_);
  take(board_.see(sight, Moment::now()));
}

void SystemEvents::forget(Kind kind, const std::string& subject, const std::string& why) {
  const std::lock_guard lock(mutex_);
  take(board_.forget(kind, subject, why, Moment::now()));
}

void SystemEvents::announce(Kind kind, const std::string& subject, const std::string& text,
                            const std::string& id) {
  const std::lock_guard lock(mutex_);
  take({board_.announce(kind, subject, text, id, Moment::now())});
}

void SystemEvents::take(ConditionBoard::Told events) {
  if (events.empty()) return;
  for (SystemEvent& event : events) fresh_.push_back({std::move(event)});
  arrived_.notify_one();
}

void SystemEvents::run(const std::stop_token& stop) {
  auto next_try = Condition::TimePoint::min();
  while (!stop.stop_requested()) {
    bool any_fresh = false;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait_for(lock, stop, kLookEvery, [this] { return !fresh_.empty(); });
      take(board_.look(Moment::now()));
      any_fresh = !fresh_.empty();
    }
    if (!any_fresh && (waiting_.empty() || std::chrono::steady_clock::now() < next_try)) continue;
    if (!tell_waiting()) next_try = std::chrono::steady_clock::now() + kTryAgain;
  }
}

bool SystemEvents::tell_waiting() {
  {
    const std::lock_guard lock(mutex_);
    for (Waiting& fresh : fresh_) waiting_.push_back(std::move(fresh));
    fresh_.clear();
  }
  while (waiting_.size() > options_.most) {
    log_once(waiting_.front());
    dropped_.add();
    waiting_.pop_front();
  }
  auto outcome = bus::EnqueueResult::kStored;
  // In order: an end must not come before its beginning. What has to wait is told in the log, and on the
  // topic when it is only room that is missing.
  while (!waiting_.empty()) {
    outcome = enqueue(waiting_.front().event);
    if (outcome == bus::EnqueueResult::kFull || outcome == bus::EnqueueResult::kUnknown) break;
    // A duplicate is another node's, unless an earlier try of ours came through without an answer.
    if (outcome == bus::EnqueueResult::kStored || waiting_.front().logged) {
      log_once(waiting_.front());
      publish_once(waiting_.front());
    }
    waiting_.pop_front();
  }
  for (Waiting& blocked : waiting_) {
    log_once(blocked);
    if (outcome == bus::EnqueueResult::kFull) publish_once(blocked);
  }
  return waiting_.empty();
}

bus::EnqueueResult SystemEvents::enqueue(const SystemEvent& event) {
  if (!options_.queue) return bus::EnqueueResult::kStored;
  return bus_.enqueue(topics::kEventQueue, event.id, encode(event));
}

void SystemEvents::log_once(Waiting& waiting) {
  if (std::exchange(waiting.logged, true)) return;
  const SystemEvent& event = waiting.event;
  metrics_.counter("stream_events_told_total", "System events told", {{"kind", event.kind}}).add();
  auto level = log::Level::kInfo;
  if (event.severity == "warning") level = log::Level::kWarn;
  if (event.severity == "error") level = log::Level::kError;
  log::write(level, event.kind,
             {{"subject", event.subject}, {"text", event.text}, {"flaps", event.flaps}, {"id", event.id}});
}

void SystemEvents::publish_once(Waiting& waiting) {
  if (std::exchange(waiting.published, true)) return;
  static_cast<void>(publisher_->publish(topics::kSystemEvent, encode(waiting.event)));
}

}  // namespace stream::events
