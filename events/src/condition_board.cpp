#include "stream/events/condition_board.hpp"
#include "stream/common/clock.hpp"

#include <fmt/format.h>

#include "stream/common/secrets.hpp"

namespace stream::events {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

Moment Moment::now() {
  return {std::chrono::steady_clock::now(), stream::unix_ms()};
}

ConditionBoard::ConditionBoard(std::string node, const BoardOptions& options,
                               std::function<std::uint64_t()> chance)
    : node_(std::move(node)), options_(options), chance_(std::move(chance)) {}

ConditionBoard::Told ConditionBoard::see(const Sight& sight, Moment now) {
  const Key key(sight.kind, sight.subject);
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (!sight.bad || entries_.size() >= options_.most) return {};
    found = entries_.emplace(key, Entry{Condition(options_of(sight.kind)), {}, {}}).first;
  }
  Entry& entry = found->second;
  entry.text = sight.text;
  entry.unseen = false;
  const auto edge = entry.condition.see(sight.bad, now.steady);
  Told events;
  if (edge == Condition::Edge::kRaised) {
    entry.begun = beginning(key, entry, sight.id, now);
    events.push_back(entry.begun);
  }
  if (edge == Condition::Edge::kCleared) events.push_back(end(key, entry, now));
  if (entry.condition.idle()) entries_.erase(found);
  return events;
}

ConditionBoard::Told ConditionBoard::look(Moment now) {
  Told events;
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& [key, entry] = *at;
    if (entry.condition.look(now.steady)) events.push_back(end(key, entry, now));
    const char* given_up_as = given_up(key.first, entry, now);
    if (given_up_as != nullptr && entry.condition.raised()) {
      entry.text = given_up_as;
      events.push_back(end(key, entry, now));
    }
    at = given_up_as != nullptr || entry.condition.idle() ? entries_.erase(at) : std::next(at);
  }
  return events;
}

ConditionBoard::Told ConditionBoard::forget(Kind kind, const std::string& subject, const std::string& why,
                                            Moment now) {
  const auto found = entries_.find(Key(kind, subject));
  if (found == entries_.end()) return {};
  Told events;
  if (found->second.condition.raised()) {
    found->second.text = why;
    events.push_back(end(found->first, found->second, now));
  }
  entries_.erase(found);
  return events;
}

ConditionBoard::Told ConditionBoard::announce(Kind kind, const std::string& subject, const std::string& text,
                                              const std::string& id, Moment now) {
  const auto found = entries_.find(Key(kind, subject));
  if (found != entries_.end() && found->second.condition.raised()) {
    return see({kind, subject, false, text}, now);
  }
  SystemEvent event = said({kind, subject}, text, now);
  event.id = id;
  return {event};
}

std::vector<BegunEvent> ConditionBoard::begun() const {
  std::vector<BegunEvent> begun;
  for (const auto& [key, entry] : entries_) {
    if (entry.condition.raised()) begun.push_back({entry.begun, key.second});
  }
  return begun;
}

void ConditionBoard::resume(const std::vector<BegunEvent>& begun, Moment now) {
  for (const BegunEvent& one : begun) {
    const auto kind = kind_raised_as(one.event.kind);
    if (!kind || entries_.size() >= options_.most) continue;
    const auto condition = Condition::raised_before(options_of(*kind), now.steady);
    entries_.emplace(Key(*kind, one.subject), Entry{condition, one.event.text, one.event, true});
  }
}

ConditionBoard::Told ConditionBoard::inherit(const std::vector<BegunEvent>& begun, Moment now) {
  Told events;
  for (const BegunEvent& one : begun) {
    const auto kind = kind_raised_as(one.event.kind);
    if (!kind) continue;
    if (*kind == Kind::kNode) {
      resume({one}, now);
      continue;
    }
    SystemEvent event = said({*kind, one.subject}, "who told it does not come back: " + one.event.node, now);
    event.id = one.event.id + ":over";
    event.cleared = true;
    events.push_back(std::move(event));
  }
  return events;
}

ConditionOptions ConditionBoard::options_of(Kind kind) const {
  return {kind == Kind::kReceiver ? options_.receiver_down_after : milliseconds(0),
          kind == Kind::kCrashLoop ? options_.crash_loop_over_after : options_.hold};
}

// As what ends it.
SystemEvent ConditionBoard::said(const Key& key, const std::string& text, Moment now) const {
  SystemEvent event;
  event.kind = texts_of(key.first).cleared;
  event.severity = "info";
  event.subject = mask_secrets(key.second);
  event.text = mask_secrets(text);
  event.since_ms = now.unix_ms;
  event.at_ms = now.unix_ms;
  event.node = node_;
  return event;
}

SystemEvent ConditionBoard::beginning(const Key& key, const Entry& entry, std::string id, Moment now) const {
  const KindTexts texts = texts_of(key.first);
  SystemEvent event = said(key, entry.text, now);
  event.id = id.empty() ? fmt::format("{}:{:016x}", texts.condition, chance_()) : std::move(id);
  event.kind = texts.raised;
  event.severity = texts.severity;
  event.since_ms -= duration_cast<milliseconds>(now.steady - entry.condition.since()).count();
  return event;
}

SystemEvent ConditionBoard::end(const Key& key, const Entry& entry, Moment now) const {
  SystemEvent event = said(key, entry.text, now);
  event.id = entry.begun.id + ":over";
  event.since_ms -= duration_cast<milliseconds>(now.steady - entry.condition.since()).count();
  event.cleared = true;
  event.flaps = entry.condition.flaps();
  return event;
}

const char* ConditionBoard::given_up(Kind kind, const Entry& entry, Moment now) const {
  const auto unseen_for = now.steady - entry.condition.seen();
  switch (kind) {
    case Kind::kReceiver:
      return unseen_for >= options_.forgotten_after ? "nothing is sent there any more" : nullptr;
    case Kind::kNode:
      return unseen_for >= options_.forgotten_after ? "nobody waits for it any more" : nullptr;
    case Kind::kCamera:
    case Kind::kCrashLoop:
    case Kind::kDisk:
      break;
  }
  if (!entry.unseen || unseen_for < options_.unseen_after) return nullptr;
  return "who told it was started again, and has not come across it since";
}

}  // namespace stream::events
