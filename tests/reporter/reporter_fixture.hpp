// A reporter-node's library on an in-memory bus.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "bad_receiver.hpp"
#include "flaky_bus.hpp"
#include "reporter.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {

using namespace std::chrono_literals;

inline constexpr auto kQueue = topics::kAlarmQueue;

inline Alarm an_alarm(int number, std::vector<std::string> urls, std::string task = "task") {
  Alarm alarm;
  alarm.id = fmt::format("{}:0:7:{}", task, number);
  alarm.task_id = std::move(task);
  alarm.src_id = "camera";
  alarm.frame_index = number;
  alarm.scene = picture::placeholder_jpeg();
  alarm.events.push_back({16, {1, 2, 3, 4}, picture::placeholder_jpeg(), R"({"VehicleLicense":"x"})", "x"});
  alarm.report_urls = std::move(urls);
  return alarm;
}

// Comes again soon, and waits as long for answers as a busy machine needs.
inline ReporterConfig quick() {
  ReporterConfig config;
  config.retry_first = 20ms;
  config.retry_most = 200ms;
  config.refused_pace = 20ms;
  config.refused_rounds = 3;
  config.breaker.rest = 200ms;
  config.breaker.longest_rest = 1s;
  config.breaker.last_resort = 20ms;
  config.stop_grace = 200ms;
  return config;
}

inline events::SystemEventsOptions quick_events() {
  events::SystemEventsOptions options;
  options.board.receiver_down_after = 200ms;
  options.board.hold = 100ms;
  return options;
}

// For receivers of which only a time-out gets rid.
inline ReporterConfig impatient() {
  auto config = quick();
  config.connect_timeout = 500ms;
  config.send_timeout = 500ms;
  config.answer_timeout = 500ms;
  return config;
}

// One reporter-node of its own name on a bus that tests can disturb; more of them with another_reporter().
class ReporterTest : public ::testing::Test {
 protected:
  void start(const ReporterConfig& config = quick()) {
    poster_ = Poster::create(config.poster()).value();
    reporter_ = std::make_unique<Reporter>(bus_, *poster_, metrics_, peers("one", 1), events_, config);
  }
  void stop() { reporter_.reset(); }

  void enqueue(const Alarm& alarm) {
    ASSERT_EQ(memory_bus_->enqueue(kQueue, alarm.id, encode(alarm)), bus::EnqueueResult::kStored);
  }
  void enqueue(int count, const std::vector<std::string>& urls, const std::string& task = "task") {
    for (int i = 0; i < count; ++i) enqueue(an_alarm(i, urls, task));
  }

  // Alarms that nobody works on, of those not settled for good; -1 when somebody does.
  std::int64_t given_back() {
    const auto now = memory_bus_->queue_stats(kQueue).value();
    return now.leased > 0 ? -1 : static_cast<std::int64_t>(now.ready + now.delayed);
  }
  // Every alarm is settled for good.
  bool done() {
    return eventually([&] { return given_back() == 0; }, 60s);
  }
  std::vector<bus::QueueItem> parked() {
    return memory_bus_->list_queue(kQueue, bus::QueueState::kParked, 100).value();
  }
  double counted(const std::string& name, const Labels& labels = {}) {
    return metrics_.counter(name, "", labels).value();
  }

  static NodeRecord node(const std::string& name, std::uint64_t boot) {
    NodeRecord record;
    record.node = name;
    record.role = "reporter";
    record.boot = boot;
    return record;
  }
  Peers peers(const std::string& name, std::uint64_t boot) {
    return {name, boot, [this] {
              const std::lock_guard lock(live_mutex_);
              return live_;
            }};
  }
  void set_live(std::vector<NodeRecord> nodes) {
    const std::lock_guard lock(live_mutex_);
    live_ = std::move(nodes);
  }
  // What the KV remembers of alarms.
  std::vector<DeliveryRecord> records() {
    std::vector<DeliveryRecord> records;
    const auto entries = memory_bus_->list(topics::kDeliveryKeys).value();
    for (const auto& entry : entries) records.push_back(decode<DeliveryRecord>(entry.value).value());
    return records;
  }

  std::mutex live_mutex_;  // guards live_
  std::vector<NodeRecord> live_{node("one", 1), node("two", 2)};
  const std::unique_ptr<bus::Bus> memory_bus_ = bus::make_memory_bus();
  test::FlakyBus bus_{*memory_bus_};
  Metrics metrics_;
  events::SystemEvents events_{*memory_bus_, "one", metrics_, quick_events()};
  std::unique_ptr<Poster> poster_;
  std::unique_ptr<Reporter> reporter_;
};

inline std::set<std::string> keys(const std::vector<test::Post>& posts) {
  std::set<std::string> ids;
  for (const auto& post : posts) ids.insert(post.idempotency_key);
  return ids;
}

}  // namespace stream::reporter
