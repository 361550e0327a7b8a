#include "zmq_publisher.hpp"

#include <poll.h>

#include <array>
#include <utility>

#include "data_wire.hpp"
#include "stream/common/assert.hpp"
#include "stream/common/random.hpp"

namespace stream::bus {
namespace {

constexpr std::int64_t kMaxSubscriptionBytes = 8192;  // all that ever comes in here
constexpr std::size_t kMaxTopics = 65'536;

using Owner = std::shared_ptr<const void>;

void release(void* /*data*/, void* hint) {
  delete static_cast<Owner*>(hint);
}

}  // namespace

ZmqPublisher::ZmqPublisher(zmq::context_t& context, const std::string& endpoint, const ClientKeys& keys,
                           const PublisherOptions& options)
    : boot_(random_u64()), socket_(context, zmq::socket_type::xpub) {
  set_data_options(socket_, kMaxSubscriptionBytes);
  set_client_options(socket_, keys);
  socket_.set(zmq::sockopt::sndhwm, static_cast<int>(options.queue_messages));
  // Without it a full queue drops in silence and reports success.
  socket_.set(zmq::sockopt::xpub_nodrop, 1);
  socket_.connect(endpoint);
  thread_ = std::jthread([this](const std::stop_token& stop) { watch_subscriptions(stop); });
}

ZmqPublisher::~ZmqPublisher() {
  thread_.request_stop();
  wake_.signal();
  thread_.join();
}

PublishResult ZmqPublisher::publish(std::string_view topic, std::string_view payload) {
  const std::lock_guard lock(mutex_);
  if (!subscriptions_.matches(topic)) return PublishResult::kNoSubscriber;
  return send(topic, zmq::message_t(payload.data(), payload.size()));
}

PublishResult ZmqPublisher::publish_shared(std::string_view topic, std::shared_ptr<const void> owner,
                                           std::span<const char> payload) {
  const std::lock_guard lock(mutex_);
  if (!subscriptions_.matches(topic)) return PublishResult::kNoSubscriber;
  auto hint = std::make_unique<Owner>(std::move(owner));
  // zmq wants a pointer to changeable bytes and changes nothing.
  zmq::message_t message(const_cast<char*>(payload.data()), payload.size(), release, hint.get());
  static_cast<void>(hint.release());  // the message has it now
  return send(topic, std::move(message));
}

bool ZmqPublisher::has_subscriber(std::string_view topic) const {
  const std::lock_guard lock(mutex_);
  return subscriptions_.matches(topic);
}

bool ZmqPublisher::has_consumer(std::string_view topic) const {
  const std::lock_guard lock(mutex_);
  return subscriptions_.contains(topic);
}

void ZmqPublisher::set_subscription_listener(std::function<void()> listener) {
  listener_.set(std::move(listener));
  const std::lock_guard lock(mutex_);
  subscriptions_changed_ = true;  // what changed before this listener came is news to it
  wake_.signal();
}

std::uint64_t ZmqPublisher::next_sequence(std::string_view topic) {
  auto it = sequences_.find(topic);
  if (it == sequences_.end()) {
    // A topic nobody subscribes to any more has nobody who could notice that its numbers begin again.
    if (sequences_.size() >= kMaxTopics) {
      std::erase_if(sequences_, [this](const auto& known) { return !subscriptions_.matches(known.first); });
    }
    it = sequences_.emplace(topic, 0).first;
  }
  return ++it->second;
}

PublishResult ZmqPublisher::send(std::string_view topic, zmq::message_t payload) {
  const DataHeaderBytes header = encode_header({boot_, next_sequence(topic)});
  constexpr auto kMore = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
  const bool accepted = socket_.send(zmq::buffer(topic), kMore).has_value();
  if (accepted) {
    // libzmq decides about the whole message with its first part.
    const bool header_sent = socket_.send(zmq::buffer(header), kMore).has_value();
    const bool payload_sent = socket_.send(payload, zmq::send_flags::dontwait).has_value();
    STREAM_ASSERT(header_sent && payload_sent, "half a message was accepted");
  }
  // Sending may have taken the signal the watching thread waits for.
  take_subscriptions();
  return accepted ? PublishResult::kSent : PublishResult::kBackPressured;
}

void ZmqPublisher::take_subscriptions() {
  bool changed = false;
  while ((socket_.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0) {
    const zmq::message_t message = receive_part(socket_);
    changed = (!message.more() && subscriptions_.apply(message.to_string_view())) || changed;
    drop_rest(socket_, message);
  }
  if (!changed) return;
  subscriptions_changed_ = true;
  wake_.signal();
}

void ZmqPublisher::watch_subscriptions(const std::stop_token& stop) {
  std::array<pollfd, 2> waits{};
  {
    const std::lock_guard lock(mutex_);
    waits[0] = {.fd = socket_.get(zmq::sockopt::fd), .events = POLLIN, .revents = 0};
  }
  waits[1] = {.fd = wake_.descriptor(), .events = POLLIN, .revents = 0};
  for (;;) {
    bool changed = false;
    {
      const std::lock_guard lock(mutex_);
      take_subscriptions();
      wake_.clear();
      changed = std::exchange(subscriptions_changed_, false);
    }
    // After the clear(), which may have taken the signal to stop.
    if (stop.stop_requested()) return;
    if (changed) {
      listener_.run();
    } else {
      ::poll(waits.data(), waits.size(), -1);
    }
  }
}

}  // namespace stream::bus
