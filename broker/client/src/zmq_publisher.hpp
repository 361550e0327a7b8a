// A publisher over an XPUB socket, which sees the subscriptions that reach it through the broker.
//
// A message on its own costs six thread wake-ups on its way through this process, the broker and the
// subscriber, which is more CPU than everything else that happens to it. So a message that follows another
// within a millisecond waits, for three at most, and travels together with those that come meanwhile; a
// lonely one goes at once.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <zmq.hpp>

#include "event_fd.hpp"
#include "listener_slot.hpp"
#include "stream/bus/bus.hpp"
#include "subscription_table.hpp"
#include "zmq_setup.hpp"

namespace stream::bus {

// Thread-safe: one mutex guards the socket, which no thread owns. A thread of its own waits for subscriptions
// and calls the listener.
class ZmqPublisher final : public Publisher {
 public:
  ZmqPublisher(zmq::context_t& context, const std::string& endpoint, const ClientKeys& keys,
               const PublisherOptions& options);
  ~ZmqPublisher() override;

  PublishResult publish(std::string_view topic, std::string_view payload) override;
  PublishResult publish_shared(std::string_view topic, std::shared_ptr<const void> owner,
                               std::span<const char> payload) override;
  bool has_subscriber(std::string_view topic) const override;
  bool has_consumer(std::string_view topic) const override;
  void set_subscription_listener(std::function<void()> listener) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Message {
    zmq::message_t topic, header, payload;
  };

  // These: with the mutex held.
  PublishResult accept(std::string_view topic, zmq::message_t payload);
  std::uint64_t next_sequence(std::string_view topic);
  void send_waiting(Clock::time_point now);
  void take_subscriptions();

  void run(const std::stop_token& stop);
  // One round of the thread: how long it may sleep now; empty: something is to be told to the listener first.
  std::optional<std::chrono::milliseconds> work();

  const std::uint64_t boot_;
  ListenerSlot listener_;
  EventFd wake_;  // something for the thread to do, or it is time to stop

  mutable std::mutex mutex_;  // guards everything below
  zmq::socket_t socket_;
  SubscriptionTable subscriptions_;
  bool subscriptions_changed_ = false;
  std::map<std::string, std::uint64_t, std::less<>> sequences_;  // the last of each topic
  std::deque<Message> waiting_;
  Clock::time_point last_sent_{};
  bool thread_will_send_ = false;  // it wakes at the end of the interval by itself

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::bus
