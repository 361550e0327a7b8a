// A subscriber over a SUB socket.
#pragma once

#include <set>
#include <string>
#include <zmq.hpp>

#include "loss_counter.hpp"
#include "stream/bus/bus.hpp"
#include "thread_owner.hpp"
#include "zmq_setup.hpp"

namespace stream::bus {

// Confined to the thread that first uses it. After a broken connection it is receive() that subscribes again.
class ZmqSubscriber final : public Subscriber {
 public:
  ZmqSubscriber(zmq::context_t& context, const std::string& endpoint, const ClientKeys& keys,
                const SubscriberOptions& options);

  void subscribe(std::string_view prefix) override;
  void unsubscribe(std::string_view prefix) override;
  ReceiveOutcome receive(milliseconds timeout) override;

 private:
  // What is asked of the broker for `prefix`.
  std::string_view wire_prefix(std::string_view prefix) const;
  bool wanted(std::string_view topic) const;
  // The message that has arrived; TimedOut when it was none of ours.
  ReceiveOutcome take(const zmq::message_t& topic);

  ThreadOwner owner_;
  zmq::socket_t socket_;
  const Role role_;
  std::set<std::string, std::less<>> prefixes_;
  LossCounter losses_;
};

}  // namespace stream::bus
