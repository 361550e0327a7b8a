#include "zmq_publisher.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "data_wire.hpp"
#include "stream/common/assert.hpp"
#include "stream/common/random.hpp"

namespace stream::bus {
namespace {

constexpr std::int64_t kMaxSubscriptionBytes = 8192;  // all that ever comes in here
constexpr std::size_t kMaxTopics = 65'536;
constexpr std::chrono::milliseconds kInterval{3};
constexpr std::chrono::milliseconds kLonely{1};  // after that much silence a message goes at once
constexpr std::size_t kMostWaiting = 64;
constexpr int kLingerMs = 200;  // for the last messages of a process that stops

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
  socket_.set(zmq::sockopt::linger, kLingerMs);
  // Without it a full queue drops in silence and reports success.
  socket_.set(zmq::sockopt::xpub_nodrop, 1);
  // Without it a broken connection keeps its subscriptions and its queue, and old messages arrive after it
  // heals.
  socket_.set(zmq::sockopt::immediate, 1);
  socket_.connect(endpoint);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ZmqPublisher::~ZmqPublisher() {
  thread_.request_stop();
  wake_.signal();
  thread_.join();
  const std::lock_guard lock(mutex_);
  send_waiting(Clock::now());
}

PublishResult ZmqPublisher::publish(std::string_view topic, std::string_view payload) {
  const std::lock_guard lock(mutex_);
  if (!subscriptions_.matches(topic)) return PublishResult::kNoSubscriber;
  return accept(topic, zmq::message_t(payload.data(), payload.size()));
}

PublishResult ZmqPublisher::publish_shared(std::string_view topic, std::shared_ptr<const void> owner,
                                           std::span<const char> payload) {
  const std::lock_guard lock(mutex_);
  if (!subscriptions_.matches(topic)) return PublishResult::kNoSubscriber;
  auto hint = std::make_unique<Owner>(std::move(owner));
  // zmq wants a pointer to changeable bytes and changes nothing.
  zmq::message_t message(const_cast<char*>(payload.data()), payload.size(), release, hint.get());
  static_cast<void>(hint.release());  // the message has it now
  return accept(topic, std::move(message));
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

PublishResult ZmqPublisher::accept(std::string_view topic, zmq::message_t payload) {
  const std::uint64_t sequence = next_sequence(topic);
  const auto now = Clock::now();
  if (waiting_.size() >= kMostWaiting) send_waiting(now);
  if (waiting_.size() >= kMostWaiting) return PublishResult::kBackPressured;
  const DataHeaderBytes header = encode_header({boot_, sequence});
  waiting_.push_back({.topic = zmq::message_t(topic.data(), topic.size()),
                      .header = zmq::message_t(header.data(), header.size()),
                      .payload = std::move(payload)});
  if (thread_will_send_) return PublishResult::kSent;
  if (now - last_sent_ >= kLonely) {
    send_waiting(now);
  } else {
    thread_will_send_ = true;
    wake_.signal();
  }
  return PublishResult::kSent;
}

void ZmqPublisher::send_waiting(Clock::time_point now) {
  last_sent_ = now;
  while (!waiting_.empty()) {
    constexpr auto kMore = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
    Message& message = waiting_.front();
    if (!socket_.send(message.topic, kMore)) break;  // at the high-water mark
    // libzmq decides about the whole message with its first part.
    const bool header_sent = socket_.send(message.header, kMore).has_value();
    const bool payload_sent = socket_.send(message.payload, zmq::send_flags::dontwait).has_value();
    STREAM_ASSERT(header_sent && payload_sent, "half a message was accepted");
    waiting_.pop_front();
  }
  // Sending may have taken the signal that the thread waits for.
  take_subscriptions();
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

void ZmqPublisher::run(const std::stop_token& stop) {
  std::array<pollfd, 2> waits{};
  {
    const std::lock_guard lock(mutex_);
    waits[0] = {.fd = socket_.get(zmq::sockopt::fd), .events = POLLIN, .revents = 0};
  }
  waits[1] = {.fd = wake_.descriptor(), .events = POLLIN, .revents = 0};
  for (;;) {
    const auto sleep = work();
    // After work(), which may have taken the signal to stop.
    if (stop.stop_requested()) return;
    if (sleep) {
      ::poll(waits.data(), waits.size(), static_cast<int>(sleep->count()));
    } else {
      listener_.run();
    }
  }
}

std::optional<std::chrono::milliseconds> ZmqPublisher::work() {
  const std::lock_guard lock(mutex_);
  wake_.clear();
  const auto now = Clock::now();
  const std::size_t before = waiting_.size();
  if (before > 0 && now - last_sent_ >= kInterval) {
    send_waiting(now);
    // In a dense stream there will be more at the end of the next interval; waking for it by itself spares
    // the publishing thread from waking this one.
    thread_will_send_ = before > 1 || !waiting_.empty();
  } else {
    take_subscriptions();
    thread_will_send_ = before > 0;
  }
  if (std::exchange(subscriptions_changed_, false)) return std::nullopt;
  if (!thread_will_send_) return std::chrono::milliseconds(-1);
  return std::max(std::chrono::milliseconds(1),
                  std::chrono::ceil<std::chrono::milliseconds>(last_sent_ + kInterval - now));
}

}  // namespace stream::bus
