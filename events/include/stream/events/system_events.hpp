// Tells system events: once in the log, once on the bus, and into the queue from which a reporter-node POSTs
// them to event_urls.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/common/config.hpp"
#include "stream/common/metrics.hpp"
#include "stream/events/begun_keeper.hpp"
#include "stream/events/condition_board.hpp"

namespace stream::events {

struct SystemEventsOptions {
  BoardOptions board;
  bool queue = true;       // false: nobody would take them out of the queue
  std::size_t most = 256;  // that wait for the broker; over it the oldest go, and are counted
  // Of the KV, where a restart finds what has begun (topics::begun_key). Empty: it is forgotten.
  std::string begun_key;

  // Adds event_hold_ms.
  void describe(ConfigTable& table);
  // The same with that key.
  SystemEventsOptions kept_at(std::string key) const;
};

// Thread-safe. What a node sees is told from a thread of its own, so that seeing never waits for the broker.
// An event is kept until the queue has it. Several nodes may tell the same one, by its id: the first in the
// queue says it in the log and on the topic. What a former process has told to have begun goes on with its
// id: so, with a begun_key, nothing is told before the broker has answered once. Ends in the destructor,
// which tells what is left when the broker answers.
class SystemEvents {
 public:
  // `bus` and `metrics` must outlive it.
  SystemEvents(bus::Bus& bus, std::string node, Metrics& metrics, const SystemEventsOptions& options = {});
  ~SystemEvents();
  SystemEvents(const SystemEvents&) = delete;
  SystemEvents& operator=(const SystemEvents&) = delete;

  // As ConditionBoard's.
  void see(const Sight& sight);
  void forget(Kind kind, const std::string& subject, const std::string& why);
  void announce(Kind kind, const std::string& subject, const std::string& text, const std::string& id);
  void inherit(const std::vector<BegunEvent>& begun);

 private:
  struct Waiting {
    SystemEvent event;
    bool logged = false, published = false;
  };

  using Step = std::function<ConditionBoard::Told(ConditionBoard&)>;

  void step(Step what);
  void take(ConditionBoard::Told events);
  void run(const std::stop_token& stop);
  // Takes up what a former process has begun. False: the broker did not answer.
  bool recall();
  // Tells as much as it can. False: the broker did not take everything.
  bool tell_waiting();
  BegunKeeper::Kept keep(const std::vector<BegunEvent>& begun);
  bus::EnqueueResult enqueue(const SystemEvent& event);
  void log_once(Waiting& waiting);
  void publish_once(Waiting& waiting);

  bus::Bus& bus_;
  Metrics& metrics_;
  const SystemEventsOptions options_;
  const Counter dropped_, dropped_early_;
  const std::unique_ptr<bus::Publisher> publisher_;

  std::mutex mutex_;  // guards this group
  std::condition_variable_any arrived_;
  ConditionBoard board_;
  std::deque<Waiting> fresh_;
  bool recalled_;            // the board knows what a former process has begun
  std::vector<Step> early_;  // until then

  // The thread's.
  std::deque<Waiting> waiting_;
  BegunKeeper keeper_;
  std::vector<BegunEvent> not_over_;  // as last given to it

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::events
