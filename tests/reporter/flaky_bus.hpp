// A bus that cannot be reached just when an alarm is to be acknowledged.
#pragma once

#include <atomic>

#include "stream/bus/bus.hpp"

namespace stream::reporter::test {

// Everything else goes through to `bus`. Thread-safe.
class FlakyBus : public bus::Bus {
 public:
  explicit FlakyBus(bus::Bus& bus) : bus_(bus) {}

  std::atomic<int> failing_acks = 0;

  Status settle(std::string_view queue, const bus::Delivery& delivery,
                const bus::Settlement& settlement) override {
    if (std::holds_alternative<bus::Ack>(settlement) && failing_acks > 0) {
      --failing_acks;
      return fail(ErrorCode::kUnavailable, "the broker does not answer");
    }
    return bus_.settle(queue, delivery, settlement);
  }

  std::unique_ptr<bus::Publisher> make_publisher(const bus::PublisherOptions& options) override {
    return bus_.make_publisher(options);
  }
  std::unique_ptr<bus::Subscriber> make_subscriber(const bus::SubscriberOptions& options) override {
    return bus_.make_subscriber(options);
  }
  bus::EnqueueResult enqueue(std::string_view queue, std::string_view id, std::string_view payload) override {
    return bus_.enqueue(queue, id, payload);
  }
  Result<std::vector<bus::Delivery>> pull(std::string_view queue, std::uint32_t most, bus::milliseconds lease,
                                          bus::milliseconds wait, const bus::GroupFilter& filter) override {
    return bus_.pull(queue, most, lease, wait, filter);
  }
  Result<std::vector<bus::QueueItem>> list_queue(std::string_view queue, std::optional<bus::QueueState> state,
                                                 std::uint32_t most) override {
    return bus_.list_queue(queue, state, most);
  }
  Result<std::string> read_message(std::string_view queue, std::string_view id) override {
    return bus_.read_message(queue, id);
  }
  Status unpark(std::string_view queue, std::string_view id) override { return bus_.unpark(queue, id); }
  Status purge(std::string_view queue, std::string_view id) override { return bus_.purge(queue, id); }
  Result<bus::QueueStats> queue_stats(std::string_view queue) override { return bus_.queue_stats(queue); }
  Result<std::optional<bus::Entry>> get(std::string_view key) override { return bus_.get(key); }
  Result<std::vector<bus::Entry>> list(std::string_view prefix) override { return bus_.list(prefix); }
  bus::CasResult cas(std::string_view key, bus::Revision expected,
                     std::optional<std::string_view> value) override {
    return bus_.cas(key, expected, value);
  }
  std::unique_ptr<bus::Watch> watch(std::string_view prefix) override { return bus_.watch(prefix); }
  bool healthy() const override { return bus_.healthy(); }

 private:
  bus::Bus& bus_;
};

}  // namespace stream::reporter::test
