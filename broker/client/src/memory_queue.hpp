// A durable queue's behaviour, in memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/bus/memory_bus.hpp"

namespace stream::bus {

// Guarded by its owner; the time is passed in.
class MemoryQueue {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit MemoryQueue(const MemoryBusOptions& options = {}) : options_(options) {}

  EnqueueResult enqueue(std::string_view id, std::string_view payload, TimePoint now);
  std::vector<Delivery> pull(std::uint32_t most, milliseconds lease, const GroupFilter& filter,
                             TimePoint now);
  // When a delay or a lease ends next.
  std::optional<TimePoint> next_due() const;
  Status settle(const Delivery& delivery, const Settlement& settlement, TimePoint now);
  std::vector<QueueItem> list(std::optional<QueueState> state, std::uint32_t most, TimePoint now);
  Result<std::string> read(std::string_view id) const;
  Status unpark(std::string_view id);
  Status purge(std::string_view id, TimePoint now);
  QueueStats stats(TimePoint now);

 private:
  struct Message {
    QueueItem item;
    std::string payload;
    std::string group;
    std::uint64_t token = 0;  // of the latest hand-out; 0: none that could still be settled
    TimePoint due;            // when delayed or leased
  };
  using Messages = std::map<std::uint64_t, Message>;  // by order of enqueueing

  void wake_due(TimePoint now);
  void finish(Messages::iterator message, TimePoint now);
  Messages::iterator find_parked(std::string_view id);

  void forget_done(TimePoint now);

  MemoryBusOptions options_;
  Messages messages_;
  std::size_t bytes_ = 0;  // of their payloads
  std::map<std::string, std::uint64_t, std::less<>> by_id_;
  std::map<std::string, TimePoint, std::less<>> done_;
  std::multimap<TimePoint, std::string> done_by_time_;
  std::uint64_t last_number_ = 0;
  std::uint64_t last_token_ = 0;
};

}  // namespace stream::bus
