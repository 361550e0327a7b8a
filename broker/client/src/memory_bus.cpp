#include "stream/bus/memory_bus.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "kv_table.hpp"
#include "memory_queue.hpp"
#include "memory_topics.hpp"

namespace stream::bus {
namespace {

using Clock = std::chrono::steady_clock;

class MemoryBus final : public Bus {
 public:
  explicit MemoryBus(const MemoryBusOptions& options) : options_(options) {}

  std::unique_ptr<Publisher> make_publisher(const PublisherOptions& /*options*/) override {
    return topics_.make_publisher();
  }
  std::unique_ptr<Subscriber> make_subscriber(const SubscriberOptions& options) override {
    return topics_.make_subscriber(options);
  }

  EnqueueResult enqueue(std::string_view queue, std::string_view id, std::string_view payload) override {
    const std::lock_guard lock(mutex_);
    const EnqueueResult result = queue_of(queue).enqueue(id, payload, Clock::now());
    changed_.notify_all();
    return result;
  }

  Result<std::vector<Delivery>> pull(std::string_view queue, std::uint32_t most, milliseconds lease,
                                     milliseconds wait, const GroupFilter& filter) override {
    std::unique_lock lock(mutex_);
    const auto end = Clock::now() + wait;
    for (;;) {
      MemoryQueue& messages = queue_of(queue);
      auto deliveries = messages.pull(most, lease, filter, Clock::now());
      if (!deliveries.empty() || Clock::now() >= end) return deliveries;
      changed_.wait_until(lock, std::min(end, messages.next_due().value_or(end)));
    }
  }

  Status settle(std::string_view queue, const Delivery& delivery, const Settlement& settlement) override {
    const std::lock_guard lock(mutex_);
    const Status status = queue_of(queue).settle(delivery, settlement, Clock::now());
    changed_.notify_all();
    return status;
  }

  Result<std::vector<QueueItem>> list_queue(std::string_view queue, std::optional<QueueState> state,
                                            std::uint32_t most) override {
    const std::lock_guard lock(mutex_);
    return queue_of(queue).list(state, most, Clock::now());
  }

  Result<std::string> read_message(std::string_view queue, std::string_view id) override {
    const std::lock_guard lock(mutex_);
    return queue_of(queue).read(id);
  }

  Status unpark(std::string_view queue, std::string_view id) override {
    const std::lock_guard lock(mutex_);
    const Status status = queue_of(queue).unpark(id);
    changed_.notify_all();
    return status;
  }

  Status purge(std::string_view queue, std::string_view id) override {
    const std::lock_guard lock(mutex_);
    return queue_of(queue).purge(id, Clock::now());
  }

  Result<QueueStats> queue_stats(std::string_view queue) override {
    const std::lock_guard lock(mutex_);
    return queue_of(queue).stats(Clock::now());
  }

  Result<std::optional<Entry>> get(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    return kv_.get(key);
  }

  Result<std::vector<Entry>> list(std::string_view prefix) override {
    const std::lock_guard lock(mutex_);
    return kv_.list(prefix);
  }

  CasResult cas(std::string_view key, Revision expected, std::optional<std::string_view> value) override {
    const std::lock_guard lock(mutex_);
    const Revision present = kv_.revision_of(key);
    if (present != expected) return {CasResult::Outcome::kConflict, present};
    if (!value && present == 0) return {CasResult::Outcome::kDone, 0};
    const Revision revision = kv_.write(key, value);
    changed_.notify_all();
    return {CasResult::Outcome::kDone, revision};
  }

  std::unique_ptr<Watch> watch(std::string_view prefix) override;

  bool healthy() const override { return true; }

  std::optional<Watch::Changes> wait_for_changes(std::string_view prefix, Revision& after,
                                                 milliseconds timeout) {
    std::unique_lock lock(mutex_);
    std::optional<Watch::Changes> changes;
    if (changed_.wait_for(lock, timeout, [&] { return kv_.changed(prefix, after); })) {
      changes = kv_.changes(prefix, after);
    }
    after = kv_.revision();
    return changes;
  }

 private:
  MemoryQueue& queue_of(std::string_view name) {
    const auto it = queues_.find(name);
    return it != queues_.end() ? it->second
                               : queues_.emplace(std::string(name), MemoryQueue(options_)).first->second;
  }

  const MemoryBusOptions options_;
  MemoryTopics topics_;

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::map<std::string, MemoryQueue, std::less<>> queues_;
  // Starts at 1, so that a watch on an empty store has something to remember: 0 asks for the whole state.
  KvTable kv_{1};
};

class MemoryWatch final : public Watch {
 public:
  MemoryWatch(MemoryBus& bus, std::string_view prefix) : bus_(bus), prefix_(prefix) {}

  std::optional<Changes> next(milliseconds timeout) override {
    return bus_.wait_for_changes(prefix_, after_, timeout);
  }

 private:
  MemoryBus& bus_;
  const std::string prefix_;
  Revision after_ = 0;
};

std::unique_ptr<Watch> MemoryBus::watch(std::string_view prefix) {
  return std::make_unique<MemoryWatch>(*this, prefix);
}

}  // namespace

std::unique_ptr<Bus> make_memory_bus(const MemoryBusOptions& options) {
  return std::make_unique<MemoryBus>(options);
}

}  // namespace stream::bus
