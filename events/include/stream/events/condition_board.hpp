// The conditions that one node looks after, and the system events that come of what it sees. Pure: clocks and
// chance are passed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stream/events/condition.hpp"
#include "stream/events/kinds.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::events {

struct BoardOptions {
  std::chrono::milliseconds receiver_down_after{10000};  // without any success
  std::chrono::milliseconds hold{10000};                 // what is over is told when it has lasted so long
  // As the state machine of stream processes forgets its trouble: one that runs for a minute between crashes
  // has not come to rest.
  std::chrono::milliseconds crash_loop_over_after{300000};
  // Since a receiver was sent something, or a node was there: then it is told to be over.
  std::chrono::milliseconds forgotten_after{86'400'000};
  // The same of what a former process has told, for what is seen again soon when it is there at all.
  std::chrono::milliseconds unseen_after{600'000};
  std::size_t most = 10'000;  // conditions that are not well; no more are looked after
};

// The same moment of the steady clock and in UNIX time.
struct Moment {
  Condition::TimePoint steady{};
  std::int64_t unix_ms = 0;

  static Moment now();
};

// Something was looked at.
struct Sight {
  Kind kind = Kind::kCamera;
  std::string subject;  // may hold secrets: they are masked in events
  bool bad = false;
  std::string text;  // what was seen; masked, too
  // Of the event when this raises one, for what several nodes see: the same at each of them. Empty: a random
  // one.
  std::string id = {};
};

// Confined to one thread at a time.
class ConditionBoard {
 public:
  using Told = std::vector<SystemEvent>;

  // `node`: who tells. `chance` gives random numbers, for ids.
  ConditionBoard(std::string node, const BoardOptions& options, std::function<std::uint64_t()> chance);

  Told see(const Sight& sight, Moment now);
  // Time has passed: tells what is over by now.
  Told look(Moment now);
  // It will not be seen again. What was raised is over, because of `why`.
  Told forget(Kind kind, const std::string& subject, const std::string& why, Moment now);

  // Something that happened, rather than began: it has no end. Told as what ends a `kind`; and if there is
  // one to end, this only says that it is well.
  Told announce(Kind kind, const std::string& subject, const std::string& text, const std::string& id,
                Moment now);

  // What was told to have begun, and not yet to be over.
  std::vector<BegunEvent> begun() const;
  // Goes on with what a former process has begun. What is not seen any more is over after `unseen_after` (a
  // receiver or node: `forgotten_after`). Kinds that are not known are left out.
  void resume(const std::vector<BegunEvent>& begun, Moment now);
  // Ends what another node has begun, which stays away. Lost nodes are looked after by all: we go on with
  // those.
  Told inherit(const std::vector<BegunEvent>& begun, Moment now);

  // Conditions that are not well, or have just become so.
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Condition condition;
    std::string text;     // as last seen
    SystemEvent begun;    // what raised it
    bool unseen = false;  // since it was resumed
  };
  using Key = std::pair<Kind, std::string>;

  ConditionOptions options_of(Kind kind) const;
  SystemEvent said(const Key& key, const std::string& text, Moment now) const;
  SystemEvent beginning(const Key& key, const Entry& entry, std::string id, Moment now) const;
  SystemEvent end(const Key& key, const Entry& entry, Moment now) const;
  // Why it is over though it was not seen to be; or null.
  const char* given_up(Kind kind, const Entry& entry, Moment now) const;

  const std::string node_;
  const BoardOptions options_;
  const std::function<std::uint64_t()> chance_;
  std::map<Key, Entry> entries_;
};

}  // namespace stream::events
