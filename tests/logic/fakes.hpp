// Stand-ins for what the node talks to.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "pictures.hpp"
#include "stream/bus/bus.hpp"
#include "stream/bus/memory_bus.hpp"

namespace stream::logic {

// A valid picture of this size.
std::string make_jpeg(int width, int height);

// Pictures by sequence number; what is not there is gone.
class FakePictures : public Pictures {
 public:
  void put_scene(std::uint64_t sequence, std::string jpeg);
  void put_sub_object(std::uint64_t sequence, std::size_t index, std::string jpeg);
  // Fetching this scene waits until release().
  void hold(std::uint64_t sequence);
  void release();
  // An error for every fetch from now on.
  void fail_with(ErrorCode code);

  Result<std::string> scene(const FrameRef& frame, Deadline deadline) override;
  Result<std::string> sub_object(const FrameRef& frame, std::size_t index, Deadline deadline) override;

 private:
  Result<std::string> find(std::uint64_t sequence, std::size_t index) const;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable released_;
  std::map<std::pair<std::uint64_t, std::size_t>, std::string> pictures_;  // scene: index npos
  std::optional<std::uint64_t> held_;
  std::optional<ErrorCode> error_;
};

// A bus in memory whose queue can be told to answer otherwise.
class MoodyBus : public bus::Bus {
 public:
  // The next enqueues answer this instead; kUnknown with `stores` does its work all the same.
  void answer_next(bus::EnqueueResult result, int times, bool stores = false);
  // So does every enqueue until calm().
  void answer_always(bus::EnqueueResult result);
  void calm();
  int enqueues() const { return enqueues_; }

  std::unique_ptr<bus::Publisher> make_publisher(const bus::PublisherOptions& options) override {
    return memory_->make_publisher(options);
  }
  std::unique_ptr<bus::Subscriber> make_subscriber(const bus::SubscriberOptions& options) override {
    return memory_->make_subscriber(options);
  }
  bus::EnqueueResult enqueue(std::string_view queue, std::string_view id, std::string_view payload) override;
  Result<std::vector<bus::Delivery>> pull(std::string_view queue, std::uint32_t most, bus::milliseconds lease,
                                          bus::milliseconds wait, const bus::GroupFilter& filter) override {
    return memory_->pull(queue, most, lease, wait, filter);
  }
  Status settle(std::string_view queue, const bus::Delivery& delivery,
                const bus::Settlement& settlement) override {
    return memory_->settle(queue, delivery, settlement);
  }
  Result<std::vector<bus::QueueItem>> list_queue(std::string_view queue, std::optional<bus::QueueState> state,
                                                 std::uint32_t most) override {
    return memory_->list_queue(queue, state, most);
  }
  Result<std::string> read_message(std::string_view queue, std::string_view id) override {
    return memory_->read_message(queue, id);
  }
  Status unpark(std::string_view queue, std::string_view id) override { return memory_->unpark(queue, id); }
  Status purge(std::string_view queue, std::string_view id) override { return memory_->purge(queue, id); }
  Result<bus::QueueStats> queue_stats(std::string_view queue) override { return memory_->queue_stats(queue); }
  Result<std::optional<bus::Entry>> get(std::string_view key) override { return memory_->get(key); }
  Result<std::vector<bus::Entry>> list(std::string_view prefix) override { return memory_->list(prefix); }
  bus::CasResult cas(std::string_view key, bus::Revision expected,
                     std::optional<std::string_view> value) override {
    return memory_->cas(key, expected, value);
  }
  std::unique_ptr<bus::Watch> watch(std::string_view prefix) override { return memory_->watch(prefix); }
  bool healthy() const override { return memory_->healthy(); }

 private:
  struct Mood {
    bus::EnqueueResult result;
    bool stores;
  };

  const std::unique_ptr<bus::Bus> memory_ = bus::make_memory_bus();
  std::atomic<int> enqueues_ = 0;
  std::mutex mutex_;  // guards everything below
  std::deque<Mood> next_;
  std::optional<bus::EnqueueResult> always_;
};

}  // namespace stream::logic
