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
  const auto edge = entry.condition.see(sight.bad, now.steady);
  Told events;
  if (edge == Condition::Edge::kRaised) {
    entry.id =
        sight.id.empty() ? fmt::format("{}:{:016x}", texts_of(sight.kind).condition, chance_()) : sight.id;
  }
  if (edge) events.push_back(told(key, entry, edge == Condition::Edge::kCleared, now));
  if (entry.condition.idle()) entries_.erase(found);
  return events;
}

ConditionBoard::Told ConditionBoard::look(Moment now) {
  Told events;
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& [key, entry] = *at;
    if (entry.condition.look(now.steady)) events.push_back(told(key, entry, true, now));
    const bool may_be_gone = key.first == Kind::kReceiver || key.first == Kind::kNode;
    const bool unused = may_be_gone && now.steady - entry.condition.seen() >= options_.forgotten_after;
    if (unused && key.first == Kind::kReceiver && entry.condition.raised()) {
      entry.text = "nothing is sent there any more";
      events.push_back(told(key, entry, true, now));
    }
    at = unused || entry.condition.idle() ? entries_.erase(at) : std::next(at);
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
    events.push_back(told(found->first, found->second, true, now));
  }
  entries_.erase(found);
  return events;
}

SystemEvent ConditionBoard::announce(Kind kind, const std::string& subject, const std::string& text,
                                     const std::string& id, Moment now) const {
  SystemEvent event;
  event.id = id;
  event.kind = texts_of(kind).cleared;
  event.severity = "info";
  event.subject = mask_secrets(subject);
  event.text = mask_secrets(text);
  event.since_ms = now.unix_ms;
  event.at_ms = now.unix_ms;
  event.node = node_;
  return event;
}

ConditionOptions ConditionBoard::options_of(Kind kind) const {
  return {kind == Kind::kReceiver ? options_.receiver_down_after : milliseconds(0),
          kind == Kind::kCrashLoop ? options_.crash_loop_over_after : options_.hold};
}

SystemEvent ConditionBoard::told(const Key& key, const Entry& entry, bool cleared, Moment now) const {
  const auto& [kind, subject] = key;
  SystemEvent event = announce(kind, subject, entry.text, cleared ? entry.id + ":over" : entry.id, now);
  event.since_ms = now.unix_ms - duration_cast<milliseconds>(now.steady - entry.condition.since()).count();
  event.cleared = cleared;
  if (cleared) {
    event.flaps = entry.condition.flaps();
  } else {
    event.kind = texts_of(kind).raised;
    event.severity = texts_of(kind).severity;
  }
  return event;
}

}  // namespace stream::events
