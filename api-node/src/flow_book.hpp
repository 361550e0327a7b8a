// What the ingest-nodes have told about the frames of each task, the last of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>

#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"
#include "video_flow.hpp"

namespace stream::api {

struct HeardFlow {
  FlowCount count;
  std::chrono::steady_clock::time_point at;
};

// Thread-safe.
class FlowBook {
 public:
  void take(const FlowReport& report, std::chrono::steady_clock::time_point now);
  // By `ingest_node`, which tells nothing of what had no frames: that is 0 then. Empty when it was not heard
  // lately; forgotten after kForgetAfter.
  std::optional<HeardFlow> find(const std::string& task_id, std::uint32_t algorithm,
                                const std::string& ingest_node) const;

  static constexpr std::chrono::seconds kForgetAfter{60};

 private:
  void forget_old(std::chrono::steady_clock::time_point now);  // REQUIRES: mutex_ is held

  mutable std::mutex mutex_;  // guards everything below
  // By ingest-node, task and algorithm: a task that was moved may be counted by its former node, too.
  std::map<std::tuple<std::string, std::string, std::uint32_t>, HeardFlow> flows_;
  std::map<std::string, HeardFlow> nodes_;  // a count of nothing, of its boot
  std::chrono::steady_clock::time_point next_sweep_{};
};

// Hears them and fills the book. Starts in the constructor, ends in the destructor (within about 200 ms).
class FlowListener {
 public:
  FlowListener(bus::Bus& bus, FlowBook& book, Metrics& metrics);

 private:
  void work(const std::stop_token& stop, bus::Bus& bus);

  FlowBook& book_;
  const Counter received_, malformed_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::api
