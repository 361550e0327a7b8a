// Lossy topics inside one process.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "stream/bus/bus.hpp"

namespace stream::bus {

class MemoryPublisher;
class MemorySubscriber;

// Who publishes and who subscribes. Thread-safe; outlives its publishers and subscribers. Its thread calls
// the subscription listeners.
class MemoryTopics {
 public:
  MemoryTopics();
  ~MemoryTopics();
  MemoryTopics(const MemoryTopics&) = delete;
  MemoryTopics& operator=(const MemoryTopics&) = delete;

  std::unique_ptr<Publisher> make_publisher();
  std::unique_ptr<Subscriber> make_subscriber(const SubscriberOptions& options);

 private:
  friend class MemoryPublisher;
  friend class MemorySubscriber;

  void announce_change();
  void call_listeners(const std::stop_token& stop);

  std::mutex listening_;  // held while listeners run; taken before mutex_

  std::mutex mutex_;  // guards everything below, and what subscribers hold
  std::condition_variable_any changed_;
  bool subscriptions_changed_ = false;
  std::vector<MemoryPublisher*> publishers_;
  std::vector<MemorySubscriber*> subscribers_;

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::bus
