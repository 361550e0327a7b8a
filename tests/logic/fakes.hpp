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
#include "replay.hpp"
#include "stream/bus/bus.hpp"
#include "stream/bus/memory_bus.hpp"

namespace stream::logic {

// A valid picture of this size.
std::string make_jpeg(int width, int height);

// One that does not compress: about half a byte a pixel or more.
std::string make_noise_jpeg(int width, int height);

// Pictures by sequence number; what is not there is gone.
class FakePictures : public Pictures {
 public:
  void put_scene(std::uint64_t sequence, std::string jpeg);
  void put_sub_object(std::uint64_t sequence, std::size_t index, std::string jpeg);
  // Fetching this scene waits until release().
  void hold(std::uint64_t sequence);
  // So does fetching anything from this address.
  void hold(const std::string& address);
  void release();
  // Each fetch waits until so many are there.
  void wait_for_each_other(int fetches);
  // An error for every fetch from now on.
  void fail_with(ErrorCode code);

  Result<std::string> scene(const FrameRef& frame, Deadline deadline) override;
  Result<std::string> sub_object(const FrameRef& frame, std::size_t index, Deadline deadline) override;

 private:
  Result<std::string> find(std::uint64_t sequence, std::size_t index) const;
  void wait_for_others(std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable released_;
  std::optional<std::string> held_address_;
  std::map<std::pair<std::uint64_t, std::size_t>, std::string> pictures_;  // scene: index npos
  std::optional<std::uint64_t> held_;
  std::optional<ErrorCode> error_;
  int awaited_ = 0;
};

// Frames that can be fetched, of any process of an ingest-node.
class FakeReplay : public Replay {
 public:
  explicit FakeReplay(std::size_t most_in_answer = 50) : most_(most_in_answer) {}

  void keep(const FrameMeta& frame);
  // Frames with these numbers and smaller ones are gone.
  void forget_up_to(std::uint64_t number);
  // Every fetch from now on ends so; kFrames: as it should.
  void answer_always(Fetched::Outcome outcome);
  // Fetches wait until release(), so many do now.
  void hold();
  void release();
  int held() const;
  int fetches() const;

  Fetched after(const FramePosition& position, const std::string& task_id, std::uint32_t algorithm,
                Deadline deadline) override;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;  // guards everything below
  std::map<std::pair<std::uint64_t, std::string>, std::map<std::uint64_t, FrameMeta>>
      frames_;  // by boot, task
  Fetched::Outcome outcome_ = Fetched::Outcome::kFrames;
  int fetches_ = 0;
  bool holds_ = false;
  int held_ = 0;
  std::condition_variable released_;
};

// A connection to a bus in memory, of one node of several, that can be told to answer otherwise.
class MoodyBus : public bus::Bus {
 public:
  explicit MoodyBus(std::shared_ptr<bus::Bus> memory = bus::make_memory_bus()) : memory_(std::move(memory)) {}

  // The next enqueues answer this instead; kUnknown with `stores` does its work all the same.
  void answer_next(bus::EnqueueResult result, int times, bool stores = false);
  // So does every enqueue until calm().
  void answer_always(bus::EnqueueResult result);
  // Every cas of a state answers this, and changes nothing, until calm().
  void answer_states(bus::CasResult::Outcome outcome);
  // Nothing is answered, and nothing changes, until calm(). Frames still come.
  void cut_off();
  void calm();
  int enqueues() const { return enqueues_; }
  // Of get and cas.
  int calls() const { return calls_; }

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
  Result<std::optional<bus::Entry>> get(std::string_view key) override;
  Result<std::vector<bus::Entry>> list(std::string_view prefix) override;
  bus::CasResult cas(std::string_view key, bus::Revision expected,
                     std::optional<std::string_view> value) override;
  std::unique_ptr<bus::Watch> watch(std::string_view prefix) override { return memory_->watch(prefix); }
  bool healthy() const override { return !cut_off_; }

 private:
  struct Mood {
    bus::EnqueueResult result;
    bool stores;
  };

  const std::shared_ptr<bus::Bus> memory_;
  std::atomic<int> enqueues_ = 0;
  std::atomic<int> calls_ = 0;
  std::atomic<bool> cut_off_ = false;
  std::mutex mutex_;  // guards everything below
  std::deque<Mood> next_;
  std::optional<bus::EnqueueResult> always_;
  std::optional<bus::CasResult::Outcome> states_;
};

}  // namespace stream::logic
