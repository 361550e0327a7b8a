#include "data_proxy.hpp"

#include <array>
#include <utility>

#include "zmq_setup.hpp"

namespace stream::broker {
namespace {

constexpr int kMessagesAtOnce = 1000;  // then subscriptions have their turn

}  // namespace

DataProxy::DataProxy(zmq::socket_t from_publishers, zmq::socket_t to_subscribers, Metrics& metrics)
    : messages_(metrics.counter("stream_broker_topic_messages_total", "topic messages that came in")),
      bytes_(metrics.counter("stream_broker_topic_bytes_total", "bytes of their payloads")),
      subscriptions_(
          metrics.counter("stream_broker_subscription_changes_total", "subscriptions made and ended")),
      from_publishers_(std::move(from_publishers)),
      to_subscribers_(std::move(to_subscribers)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

DataProxy::~DataProxy() {
  thread_.request_stop();
  stop_.signal();
  thread_.join();
}

void DataProxy::run(const std::stop_token& stop) {
  std::array<zmq::pollitem_t, 3> waits{{{from_publishers_.handle(), 0, ZMQ_POLLIN, 0},
                                        {to_subscribers_.handle(), 0, ZMQ_POLLIN, 0},
                                        {nullptr, stop_.descriptor(), ZMQ_POLLIN, 0}}};
  while (!stop.stop_requested()) {
    bus::wait_for(waits, std::chrono::milliseconds(-1));
    if ((waits[1].revents & ZMQ_POLLIN) != 0) pass_subscriptions();
    if ((waits[0].revents & ZMQ_POLLIN) != 0) pass_messages();
  }
}

void DataProxy::pass_messages() {
  int messages = 0;
  std::size_t bytes = 0;
  zmq::message_t part;
  while (messages < kMessagesAtOnce && from_publishers_.recv(part, zmq::recv_flags::dontwait)) {
    const bool more = part.more();
    if (!more) {
      ++messages;
      bytes += part.size();
    }
    // Never waits: an XPUB drops what a subscriber's full queue cannot take.
    to_subscribers_.send(part, more ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
  messages_.add(messages);
  bytes_.add(static_cast<double>(bytes));
}

void DataProxy::pass_subscriptions() {
  zmq::message_t subscription;
  while (to_subscribers_.recv(subscription, zmq::recv_flags::dontwait)) {
    const bool more = subscription.more();
    if (!more) subscriptions_.add();
    from_publishers_.send(subscription, more ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
}

}  // namespace stream::broker
