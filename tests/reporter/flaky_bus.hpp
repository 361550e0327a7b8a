// A bus that cannot be reached, or loses its answers, just when it matters.
#pragma once

#include <atomic>

#include "stream/bus/bus.hpp"

namespace stream::reporter::test {

// Everything else goes through to `bus`. Thread-safe.
class FlakyBus : public bus::Bus {
 public:
  explicit FlakyBus(bus::Bus& bus) : bus_(bus) {}

  // So many of the next calls of a kind:
  std::atomic<int> failing_acks = 0;      // are not done
  std::atomic<int> lost_ack_answers = 0;  // are done, and nobody is told
  std::atomic<int> late_acks = 0;         // come after somebody else was handed the message
  std::atomic<int> stolen_pulls = 0;      // hand out what somebody else acknowledges at once
  std::atomic<int> failing_gets = 0;
  std::atomic<int> refused_cas = 0;       // are not done
  std::atomic<int> lost_cas_answers = 0;  // are done, and nobody is told
  std::atomic<bool> full = false;         // cas of a value and enqueue answer kFull
  std::atomic<int> unheard_enqueues = 0;  // are not done, and nobody is told
  std::atomic<int> lost_enqueue_answers = 0;

  std::atomic<int> writes = 0;  // settlements and cas that were done

  Status settle(std::string_view queue, const bus::Delivery& delivery,
                const bus::Settlement& settlement) override {
    const bool is_ack = std::holds_alternative<bus::Ack>(settlement);
    if (is_ack && take(failing_acks)) return no_answer();
    if (is_ack && take(late_acks)) return fail(ErrorCode::kConflict, "handed out again");
    auto settled = bus_.settle(queue, delivery, settlement);
    ++writes;
    if (is_ack && take(lost_ack_answers)) return no_answer();
    return settled;
  }

  std::unique_ptr<bus::Publisher> make_publisher(const bus::PublisherOptions& options) override {
    return bus_.make_publisher(options);
  }
  std::unique_ptr<bus::Subscriber> make_subscriber(const bus::SubscriberOptions& options) override {
    return bus_.make_subscriber(options);
  }
  bus::EnqueueResult enqueue(std::string_view queue, std::string_view id, std::string_view payload) override {
    if (take(unheard_enqueues)) return bus::EnqueueResult::kUnknown;
    if (full) return bus::EnqueueResult::kFull;
    const auto result = bus_.enqueue(queue, id, payload);
    return take(lost_enqueue_answers) ? bus::EnqueueResult::kUnknown : result;
  }
  Result<std::vector<bus::Delivery>> pull(std::string_view queue, std::uint32_t most, bus::milliseconds lease,
                                          bus::milliseconds wait, const bus::GroupFilter& filter) override {
    auto deliveries = bus_.pull(queue, most, lease, wait, filter);
    if (deliveries && !deliveries->empty() && take(stolen_pulls)) {
      for (const auto& delivery : *deliveries) static_cast<void>(bus_.settle(queue, delivery, bus::Ack{}));
    }
    return deliveries;
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
  Result<std::optional<bus::Entry>> get(std::string_view key) override {
    if (take(failing_gets)) return no_answer();
    return bus_.get(key);
  }
  Result<std::vector<bus::Entry>> list(std::string_view prefix) override { return bus_.list(prefix); }
  bus::CasResult cas(std::string_view key, bus::Revision expected,
                     std::optional<std::string_view> value) override {
    if (take(refused_cas)) return {};
    if (full && value) return {bus::CasResult::Outcome::kFull, expected};
    const auto result = bus_.cas(key, expected, value);
    ++writes;
    if (take(lost_cas_answers)) return {};
    return result;
  }
  std::unique_ptr<bus::Watch> watch(std::string_view prefix) override { return bus_.watch(prefix); }
  bool healthy() const override { return bus_.healthy(); }

 private:
  static bool take(std::atomic<int>& left) {
    int now = left;
    while (now > 0 && !left.compare_exchange_weak(now, now - 1)) {
    }
    return now > 0;
  }
  static tl::unexpected<Error> no_answer() {
    return fail(ErrorCode::kUnavailable, "the broker does not answer");
  }

  bus::Bus& bus_;
};

}  // namespace stream::reporter::test
