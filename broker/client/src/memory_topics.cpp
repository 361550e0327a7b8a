#include "memory_topics.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "listener_slot.hpp"
#include "loss_counter.hpp"
#include "stream/common/random.hpp"

namespace stream::bus {

class MemorySubscriber final : public Subscriber {
 public:
  MemorySubscriber(MemoryTopics& topics, const SubscriberOptions& options)
      : topics_(topics), options_(options) {
    const std::lock_guard lock(topics_.mutex_);
    topics_.subscribers_.push_back(this);
  }
  ~MemorySubscriber() override {
    const std::lock_guard lock(topics_.mutex_);
    std::erase(topics_.subscribers_, this);
    topics_.announce_change();
  }

  void subscribe(std::string_view prefix) override {
    const std::lock_guard lock(topics_.mutex_);
    prefixes_.insert(std::string(prefix));
    topics_.announce_change();
  }

  void unsubscribe(std::string_view prefix) override {
    losses_.forget(prefix);
    const std::lock_guard lock(topics_.mutex_);
    prefixes_.erase(std::string(prefix));
    topics_.announce_change();
  }

  ReceiveOutcome receive(milliseconds timeout) override {
    std::unique_lock lock(topics_.mutex_);
    if (!arrived_.wait_for(lock, timeout, [this] { return !inbox_.empty(); })) return TimedOut{};
    Received message = std::move(inbox_.front());
    inbox_.pop_front();
    lock.unlock();
    message.lost = losses_.note(message.topic, message.sender, message.sequence);
    return message;
  }

  // The following are called with the topics' mutex held.
  bool listens_to(std::string_view topic) const {
    return std::any_of(prefixes_.begin(), prefixes_.end(),
                       [&](const std::string& prefix) { return topic.starts_with(prefix); });
  }
  bool consumes(std::string_view topic) const {
    return options_.role == Role::kConsumer && prefixes_.contains(topic);
  }
  void offer(Received message) {
    if (inbox_.size() >= options_.queue_messages) return;  // the gap in the sequence tells
    inbox_.push_back(std::move(message));
    arrived_.notify_one();
  }

 private:
  MemoryTopics& topics_;
  const SubscriberOptions options_;
  LossCounter losses_;  // the receiving thread's

  // Guarded by the topics' mutex.
  std::set<std::string, std::less<>> prefixes_;
  std::deque<Received> inbox_;
  std::condition_variable arrived_;
};

class MemoryPublisher final : public Publisher {
 public:
  explicit MemoryPublisher(MemoryTopics& topics) : topics_(topics) {
    const std::lock_guard lock(topics_.mutex_);
    topics_.publishers_.push_back(this);
  }
  ~MemoryPublisher() override {
    const std::scoped_lock lock(topics_.listening_, topics_.mutex_);
    std::erase(topics_.publishers_, this);
  }

  PublishResult publish(std::string_view topic, std::string_view payload) override {
    const std::lock_guard lock(topics_.mutex_);
    if (!subscribed(topic)) return PublishResult::kNoSubscriber;
    const std::uint64_t sequence = ++sequences_[std::string(topic)];
    for (MemorySubscriber* subscriber : topics_.subscribers_) {
      if (!subscriber->listens_to(topic)) continue;
      subscriber->offer({.topic = std::string(topic),
                         .sender = boot_,
                         .sequence = sequence,
                         .lost = 0,
                         .payload = std::string(payload)});
    }
    return PublishResult::kSent;
  }

  // Every subscriber gets a copy of its own, so `owner` has done its duty when this returns.
  PublishResult publish_shared(std::string_view topic, std::shared_ptr<const void> /*owner*/,
                               std::span<const char> payload) override {
    return publish(topic, {payload.data(), payload.size()});
  }

  bool has_subscriber(std::string_view topic) const override {
    const std::lock_guard lock(topics_.mutex_);
    return subscribed(topic);
  }

  bool has_consumer(std::string_view topic) const override {
    const std::lock_guard lock(topics_.mutex_);
    return std::any_of(topics_.subscribers_.begin(), topics_.subscribers_.end(),
                       [&](const MemorySubscriber* subscriber) { return subscriber->consumes(topic); });
  }

  void set_subscription_listener(std::function<void()> listener) override {
    listener_.set(std::move(listener));
    const std::lock_guard lock(topics_.mutex_);
    topics_.announce_change();  // what changed before this listener came is news to it
  }

  void call_listener() { listener_.run(); }

 private:
  bool subscribed(std::string_view topic) const {
    return std::any_of(topics_.subscribers_.begin(), topics_.subscribers_.end(),
                       [&](const MemorySubscriber* subscriber) { return subscriber->listens_to(topic); });
  }

  MemoryTopics& topics_;
  const std::uint64_t boot_ = random_u64();
  ListenerSlot listener_;
  std::map<std::string, std::uint64_t, std::less<>> sequences_;  // guarded by the topics' mutex
};

MemoryTopics::MemoryTopics() : thread_([this](const std::stop_token& stop) { call_listeners(stop); }) {}

MemoryTopics::~MemoryTopics() = default;

std::unique_ptr<Publisher> MemoryTopics::make_publisher() {
  return std::make_unique<MemoryPublisher>(*this);
}

std::unique_ptr<Subscriber> MemoryTopics::make_subscriber(const SubscriberOptions& options) {
  return std::make_unique<MemorySubscriber>(*this, options);
}

void MemoryTopics::announce_change() {
  subscriptions_changed_ = true;
  changed_.notify_one();
}

void MemoryTopics::call_listeners(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return subscriptions_changed_; })) return;
      subscriptions_changed_ = false;
    }
    const std::lock_guard listening(listening_);
    std::vector<MemoryPublisher*> publishers;
    {
      const std::lock_guard lock(mutex_);
      publishers = publishers_;
    }
    for (MemoryPublisher* publisher : publishers) publisher->call_listener();
  }
}

}  // namespace stream::bus
