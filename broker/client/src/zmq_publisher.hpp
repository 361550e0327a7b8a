// A publisher over an XPUB socket, which sees the subscriptions that reach it through the broker.
#pragma once

#include <map>
#include <memory>
#include <mutex>
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
  // These three: with the mutex held.
  std::uint64_t next_sequence(std::string_view topic);
  PublishResult send(std::string_view topic, zmq::message_t payload);
  void take_subscriptions();

  void watch_subscriptions(const std::stop_token& stop);

  const std::uint64_t boot_;
  ListenerSlot listener_;
  EventFd wake_;  // the subscriptions changed, or it is time to stop

  mutable std::mutex mutex_;  // guards everything below
  zmq::socket_t socket_;
  SubscriptionTable subscriptions_;
  bool subscriptions_changed_ = false;
  std::map<std::string, std::uint64_t, std::less<>> sequences_;  // the last of each topic

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::bus
