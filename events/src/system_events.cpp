#include "stream/events/system_events.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::events {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::milliseconds kLookEvery{200};
constexpr std::chrono::milliseconds kTryAgain{1000};
constexpr std::chrono::hours kTellAgain{24};  // as old as event_urls take it
constexpr const char* kDroppedHelp =
    "System events that only the log was told, and what was seen before the broker could be asked";

// What begins is kept before it is told, so the newest may not have been told: if one was, the queue knows
// its id, and nobody hears of it again.
ConditionBoard::Told maybe_untold(const std::vector<BegunEvent>& begun, std::size_t most) {
  const auto day_before = unix_ms() - milliseconds(kTellAgain).count();
  ConditionBoard::Told events;
  for (const BegunEvent& one : begun) {
    if (one.event.at_ms > day_before) events.push_back(one.event);
  }
  std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.at_ms < b.at_ms; });
  if (events.size() > most) events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(most));
  return events;
}

}  // namespace

void SystemEventsOptions::describe(ConfigTable& table) {
  table.add("event_hold_ms", board.hold, "what a system event told is over when it has been well for so long",
            {0, 3'600'000});
}

SystemEventsOptions SystemEventsOptions::kept_at(std::string key) const {
  SystemEventsOptions options = *this;
  options.begun_key = std::move(key);
  return options;
}

SystemEvents::SystemEvents(bus::Bus& bus, std::string node, Metrics& metrics,
                           const SystemEventsOptions& options)
    : bus_(bus),
      metrics_(metrics),
      options_(options),
      dropped_(metrics.counter("stream_events_dropped_total", kDroppedHelp, {{"reason", "full"}})),
      dropped_early_(metrics.counter("stream_events_dropped_total", kDroppedHelp, {{"reason", "early"}})),
      publisher_(bus.make_publisher()),
      board_(std::move(node), options.board, random_u64),
      recalled_(options.begun_key.empty()),
      keeper_(bus, options.begun_key, metrics),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SystemEvents::~SystemEvents() {
  thread_.request_stop();
  thread_.join();
  if (bus_.healthy() && (recalled_ || recall())) tell_waiting();
}

void SystemEvents::see(const Sight& sight) {
  step([sight, now = Moment::now()](ConditionBoard& board) { return board.see(sight, now); });
}

void SystemEvents::forget(Kind kind, const std::string& subject, const std::string& why) {
  step([=, now = Moment::now()](ConditionBoard& board) { return board.forget(kind, subject, why, now); });
}

void SystemEvents::announce(Kind kind, const std::string& subject, const std::string& text,
                            const std::string& id) {
  step([=, now = Moment::now()](ConditionBoard& board) {
    return board.announce(kind, subject, text, id, now);
  });
}

void SystemEvents::inherit(const std::vector<BegunEvent>& begun) {
  step([=, now = Moment::now()](ConditionBoard& board) { return board.inherit(begun, now); });
}

// What is seen while nobody knows what has been told already has to wait until that is known.
void SystemEvents::step(Step what) {
  const std::lock_guard lock(mutex_);
  if (recalled_) {
    take(what(board_));
  } else if (early_.size() < options_.board.most) {
    early_.push_back(std::move(what));
  } else {
    dropped_early_.add();
  }
}

void SystemEvents::take(ConditionBoard::Told events) {
  if (events.empty()) return;
  for (SystemEvent& event : events) fresh_.push_back({std::move(event)});
  arrived_.notify_one();
}

void SystemEvents::run(const std::stop_token& stop) {
  auto next_try = Condition::TimePoint::min();
  bool behind = !recalled_;
  while (!stop.stop_requested()) {
    if (behind && std::chrono::steady_clock::now() >= next_try) {
      behind = !(recalled_ || recall()) || !tell_waiting();
      next_try = std::chrono::steady_clock::now() + kTryAgain;
    }
    bool any_fresh = false;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait_for(lock, stop, kLookEvery, [this] { return !fresh_.empty(); });
      if (recalled_) take(board_.look(Moment::now()));
      any_fresh = !fresh_.empty();
    }
    if (any_fresh && !tell_waiting()) {
      behind = true;
      next_try = std::chrono::steady_clock::now() + kTryAgain;
    }
  }
}

bool SystemEvents::recall() {
  const auto begun = keeper_.recall();
  if (!begun) return false;
  not_over_ = *begun;
  const std::lock_guard lock(mutex_);
  board_.resume(*begun, Moment::now());
  take(maybe_untold(*begun, options_.most));
  for (const Step& early : std::exchange(early_, {})) take(early(board_));
  recalled_ = true;
  return true;
}

bool SystemEvents::tell_waiting() {
  std::vector<BegunEvent> begun;
  {
    const std::lock_guard lock(mutex_);
    for (Waiting& fresh : fresh_) waiting_.push_back(std::move(fresh));
    fresh_.clear();
    begun = board_.begun();
  }
  while (waiting_.size() > options_.most) {
    log_once(waiting_.front());
    dropped_.add();
    waiting_.pop_front();
  }
  // What begins is kept before it is told, and until its end was: whenever we die, both are told.
  auto kept = keep(begun);
  auto outcome =
      kept == BegunKeeper::Kept::kNoAnswer ? bus::EnqueueResult::kUnknown : bus::EnqueueResult::kStored;
  // In order: an end must not come before its beginning. What has to wait is told in the log, and on the
  // topic when it is only room that is missing.
  while (outcome != bus::EnqueueResult::kUnknown && !waiting_.empty()) {
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
  if (kept == BegunKeeper::Kept::kDone) kept = keep(begun);
  return waiting_.empty() && kept == BegunKeeper::Kept::kDone;
}

// Those of `begun`, and those whose end waits to be told.
BegunKeeper::Kept SystemEvents::keep(const std::vector<BegunEvent>& begun) {
  std::set<std::string> waiting;
  for (const Waiting& one : waiting_) waiting.insert(one.event.id);
  std::erase_if(not_over_, [&](const BegunEvent& one) { return !waiting.contains(one.event.id + ":over"); });
  for (const BegunEvent& one : begun) not_over_.push_back(one);
  return keeper_.keep(not_over_);
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
