#include "zmq_subscriber.hpp"

#include <algorithm>
#include <array>

#include "data_wire.hpp"

namespace stream::bus {
namespace {

constexpr std::int64_t kMaxMessageBytes = 256LL * 1024 * 1024;  // the broker has its own, lower limit

}  // namespace

ZmqSubscriber::ZmqSubscriber(zmq::context_t& context, const std::string& endpoint, const ClientKeys& keys,
                             const SubscriberOptions& options)
    : socket_(context, zmq::socket_type::sub), role_(options.role) {
  set_data_options(socket_, kMaxMessageBytes);
  set_client_options(socket_, keys);
  socket_.set(zmq::sockopt::rcvhwm, static_cast<int>(options.queue_messages));
  // What a SUB socket sends are its subscriptions; at a limit it would drop them.
  socket_.set(zmq::sockopt::sndhwm, 0);
  socket_.connect(endpoint);
}

void ZmqSubscriber::subscribe(std::string_view prefix) {
  owner_.check();
  if (!prefixes_.emplace(prefix).second) return;
  socket_.set(zmq::sockopt::subscribe, wire_prefix(prefix));
}

void ZmqSubscriber::unsubscribe(std::string_view prefix) {
  owner_.check();
  const auto it = prefixes_.find(prefix);
  if (it == prefixes_.end()) return;
  socket_.set(zmq::sockopt::unsubscribe, wire_prefix(prefix));
  prefixes_.erase(it);
  losses_.forget(prefix);
}

ReceiveOutcome ZmqSubscriber::receive(milliseconds timeout) {
  owner_.check();
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    zmq::message_t topic;
    while (!socket_.recv(topic, zmq::recv_flags::dontwait)) {
      const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
      if (left <= milliseconds(0)) return TimedOut{};
      std::array<zmq::pollitem_t, 1> waits{{{socket_.handle(), 0, ZMQ_POLLIN, 0}}};
      wait_for(waits, left);
    }
    ReceiveOutcome outcome = take(topic);
    if (!std::holds_alternative<TimedOut>(outcome)) return outcome;
  }
}

std::string_view ZmqSubscriber::wire_prefix(std::string_view prefix) const {
  // One character less is no whole topic, so publishers do not take an observer for the consumer.
  if (role_ == Role::kObserver && prefix.ends_with('/')) prefix.remove_suffix(1);
  return prefix;
}

bool ZmqSubscriber::wanted(std::string_view topic) const {
  return std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&](const std::string& prefix) { return topic.starts_with(prefix); });
}

ReceiveOutcome ZmqSubscriber::take(const zmq::message_t& topic) {
  if (!topic.more()) return Malformed{"found one part, expected topic, header and payload"};
  const zmq::message_t header_part = receive_part(socket_);
  if (!header_part.more()) return Malformed{"found two parts, expected topic, header and payload"};
  const zmq::message_t payload = receive_part(socket_);
  if (payload.more()) {
    drop_rest(socket_, payload);
    return Malformed{"found more than three parts, expected topic, header and payload"};
  }
  const auto header = decode_header(header_part.to_string_view());
  if (!header) return Malformed{"found another header than version 1's"};
  // Also what was on its way while we unsubscribed.
  if (!wanted(topic.to_string_view())) return TimedOut{};
  const std::uint64_t lost = losses_.note(topic.to_string_view(), header->sender, header->sequence);
  return Received{.topic = topic.to_string(),
                  .sender = header->sender,
                  .sequence = header->sequence,
                  .lost = lost,
                  .payload = payload.to_string()};
}

}  // namespace stream::bus
