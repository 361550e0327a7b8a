// The message bus: three primitives that carry everything between the nodes.
//
// - Lossy topic (publish, subscribe): at most once; in order per topic and publisher; every loss countable.
// - Durable queue (enqueue, pull, settle): Stored survives kill -9 of everything; pull is at least once.
// - KV (get, list, cas, watch): linearizable per key; a watch may skip values but never goes back.
//
// Engines: MemoryBus (memory_bus.hpp; tests, single-process programs) and ZmqBus (zmq_bus.hpp; the broker).
// One conformance test runs on each. This header shows plain bytes: no engine's types get out.
//
// Topics are levels that end in '/', all of them ("frame/cam1/0/"), because subscriptions match by prefix and
// task 11 must not hear task 113. schemas/topics.hpp makes them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::bus {

using std::chrono::milliseconds;

// ---- lossy topics
// ---------------------------------------------------------------------------------------------------

enum class [[nodiscard]] PublishResult{
    kSent,           // handed over; may still be lost on the way, which the subscriber sees as a gap
    kNoSubscriber,   // nobody listens to this topic (as far as the publisher knows)
    kBackPressured,  // the publisher's own queue is full: dropped here
};

// One sender of topic messages, with a boot id of its own. Messages are numbered per topic, from 1, by every
// publish() that did not return kNoSubscriber. Thread-safe.
class Publisher {
 public:
  virtual ~Publisher() = default;

  // Never blocks, never fails otherwise. Copies `payload`.
  virtual PublishResult publish(std::string_view topic, std::string_view payload) = 0;
  // The same without a copy: `owner` keeps `payload` alive until the transport has let go of it.
  virtual PublishResult publish_shared(std::string_view topic, std::shared_ptr<const void> owner,
                                       std::span<const char> payload) = 0;

  // Somebody subscribes to `topic` or to a prefix of it.
  virtual bool has_subscriber(std::string_view topic) const = 0;
  // Somebody subscribes to exactly `topic`. That is what a consumer does; a tap subscribes to something
  // shorter (Subscriber::Role::kObserver sees to it), so that nobody takes it for the consumer.
  virtual bool has_consumer(std::string_view topic) const = 0;
  // Called, from a thread of the bus, after the set of subscriptions changed. It may publish. Replaces the
  // former one; when set_listener returns the former one is no longer running.
  virtual void set_subscription_listener(std::function<void()> listener) = 0;
};

struct Received {
  std::string topic;
  std::uint64_t sender = 0;    // the publisher's boot id
  std::uint64_t sequence = 0;  // per sender and topic
  std::uint64_t lost = 0;      // messages missing between the last one of this sender and topic and this one
  std::string payload;
};
struct TimedOut {};
struct Malformed {
  std::string why;  // wrong number of parts, unknown version, ...; the message is gone
};
using ReceiveOutcome = std::variant<Received, TimedOut, Malformed>;

// Receives what was published after subscribe() took effect. Bounded: when it is not read fast enough
// messages are dropped, which shows as Received::lost of the next one. Confined to one thread.
class Subscriber {
 public:
  enum class Role {
    kConsumer,  // counts for Publisher::has_consumer when subscribed to a whole topic
    kObserver,  // does not
  };

  virtual ~Subscriber() = default;
  // `prefix` may be a whole topic, some leading levels of one, or empty (everything).
  virtual void subscribe(std::string_view prefix) = 0;
  virtual void unsubscribe(std::string_view prefix) = 0;
  virtual ReceiveOutcome receive(milliseconds timeout) = 0;
};

// ---- durable queue
// --------------------------------------------------------------------------------------------------

enum class [[nodiscard]] EnqueueResult{
    kStored,     // durable now
    kDuplicate,  // this id is in the queue or was, within the last 7 days; nothing changed
    kFull,       // no room (disk, limit); nothing changed
    kUnknown,    // no answer in time: repeat with the same id
};

// One message handed out by pull(). It is ours until settled or until `lease` has passed without extend.
struct Delivery {
  std::string id;
  std::string payload;
  std::uint32_t attempt = 1;  // how often it was handed out, this time included
  std::uint64_t token = 0;    // names this hand-out; settle() with an old token is refused
};

// What becomes of a delivery. A lost settle is harmless: the message comes again.
struct Ack {};  // done; only the id stays, for duplicates
struct Retry {
  milliseconds in;
  std::string group = {};  // the message's from now on, for GroupFilter
};                         // hand it out again after this time
struct Extend {
  milliseconds lease;
};  // still working on it
struct Park {
  std::string reason;
};  // set aside until unpark or purge; reason is shown to people
using Settlement = std::variant<Ack, Retry, Extend, Park>;

// Which messages a pull() may hand out, by the group that the last Retry put them into ("" before the first).
// So that who can do nothing for some messages just now need not take them to find that out, again and again.
struct GroupFilter {
  std::vector<std::string> groups;
  bool only = false;  // true: those of these groups; false: all but those

  bool admits(std::string_view group) const {
    return only == (std::find(groups.begin(), groups.end(), group) != groups.end());
  }
};

enum class QueueState { kReady, kDelayed, kLeased, kParked };

// A message as seen from outside, without its payload.
struct QueueItem {
  std::string id;
  QueueState state = QueueState::kReady;
  std::uint32_t attempts = 0;
  std::uint64_t payload_bytes = 0;
  std::int64_t enqueued_unix_ms = 0;
  std::string reason;  // why parked; else empty
};

struct QueueStats {
  std::uint64_t ready = 0, delayed = 0, leased = 0, parked = 0;
};

// ---- KV
// -------------------------------------------------------------------------------------------------------------

// Of the whole store; grows with every write and never goes back, restarts included. 0 = the key does not
// exist.
using Revision = std::uint64_t;

struct Entry {
  std::string key;
  std::string value;
  Revision revision = 0;
  bool deleted = false;  // in watches only: the key is gone, `value` is empty
};

struct CasResult {
  enum class Outcome {
    kDone,      // `revision` is the new one
    kConflict,  // `revision` is the present one (0: the key does not exist); nothing changed
    kFull,      // no room; nothing changed
    kUnknown,   // no answer in time: get() and compare
  };
  Outcome outcome = Outcome::kUnknown;
  Revision revision = 0;

  bool done() const { return outcome == Outcome::kDone; }
};

// Confined to one thread.
class Watch {
 public:
  struct Changes {
    std::vector<Entry> entries;  // in order of revision
    bool reset = false;          // entries are the whole present state: forget what is not among them
  };

  virtual ~Watch() = default;
  // The first call gives the present state (reset). Waits at most `timeout` for something new: empty =
  // nothing new, which may also mean that the broker cannot be reached just now.
  virtual std::optional<Changes> next(milliseconds timeout) = 0;
};

// ---- the bus
// --------------------------------------------------------------------------------------------------------

struct SubscriberOptions {
  Subscriber::Role role = Subscriber::Role::kConsumer;
  std::uint32_t queue_messages = 1000;  // high-water mark; over it the newest are dropped and counted as lost
};

struct PublisherOptions {
  std::uint32_t queue_messages = 1000;  // high-water mark towards the broker; over it kBackPressured
};

// A connection to the bus. Thread-safe; publishers, subscribers and watches must not outlive it. Calls wait
// at most the engine's request time-out. Keys under "nd/" are volatile: they live in the broker's memory and
// are gone after its restart; everything else is durable before the answer.
class Bus {
 public:
  virtual ~Bus() = default;

  virtual std::unique_ptr<Publisher> make_publisher(const PublisherOptions& options = {}) = 0;
  virtual std::unique_ptr<Subscriber> make_subscriber(const SubscriberOptions& options = {}) = 0;

  virtual EnqueueResult enqueue(std::string_view queue, std::string_view id, std::string_view payload) = 0;
  // Up to `most` messages that `filter` admits, oldest first; waits at most `wait` for the first one. Empty =
  // there was none.
  virtual Result<std::vector<Delivery>> pull(std::string_view queue, std::uint32_t most, milliseconds lease,
                                             milliseconds wait, const GroupFilter& filter = {}) = 0;
  // kConflict: the token is not the latest hand-out's (somebody else has the message, or it is settled).
  virtual Status settle(std::string_view queue, const Delivery& delivery, const Settlement& settlement) = 0;
  // In order of enqueueing; `state` empty = all. At most `most` (up to 10000).
  virtual Result<std::vector<QueueItem>> list_queue(std::string_view queue, std::optional<QueueState> state,
                                                    std::uint32_t most) = 0;
  // The payload of a message in any state; kNotFound when it is not there.
  virtual Result<std::string> read_message(std::string_view queue, std::string_view id) = 0;
  // A parked message becomes ready again / is removed for good. kNotFound when no such message is parked.
  virtual Status unpark(std::string_view queue, std::string_view id) = 0;
  virtual Status purge(std::string_view queue, std::string_view id) = 0;
  virtual Result<QueueStats> queue_stats(std::string_view queue) = 0;

  virtual Result<std::optional<Entry>> get(std::string_view key) = 0;
  virtual Result<std::vector<Entry>> list(std::string_view prefix) = 0;
  // Writes `value` if the key's revision is `expected` (0: if it does not exist); an empty optional deletes
  // the key.
  virtual CasResult cas(std::string_view key, Revision expected, std::optional<std::string_view> value) = 0;
  virtual std::unique_ptr<Watch> watch(std::string_view prefix) = 0;

  // The bus answered within the last two seconds. For /readyz.
  virtual bool healthy() const = 0;
};

}  // namespace stream::bus
