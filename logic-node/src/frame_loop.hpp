// Receives the frames of this node's tasks and decides on them.
//
// One thread does all of it. A decision costs some microseconds, so it is made where the frame arrives: no
// queue, no other thread, nothing that could overflow in between. Only what takes time, an alarm's pictures
// and its way into the queue, is handed on.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "alarm_builder.hpp"
#include "counters.hpp"
#include "object_filter.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/rate_limit.hpp"
#include "task.hpp"

namespace stream::logic {

// Starts in the constructor, ends in the destructor (within about 50 ms). Public functions are thread-safe.
class FrameLoop {
 public:
  // Runs on the loop's thread and must not block.
  using OnDecision = std::function<void(Decision)>;

  FrameLoop(bus::Bus& bus, Metrics& metrics, const Counters& counters, std::uint32_t queue_frames,
            OnDecision on_decision);
  ~FrameLoop();
  FrameLoop(const FrameLoop&) = delete;
  FrameLoop& operator=(const FrameLoop&) = delete;

  // These tasks and no others, from within 50 ms on: subscribes to what is new, unsubscribes and forgets what
  // is gone or was created anew. What stays keeps what it remembers.
  void assign(std::vector<TaskPtr> tasks);
  // All assign() calls so far have taken effect.
  bool settled() const;

 private:
  struct Watched {
    TaskPtr task;
    ObjectFilter filter;
    TaskCounters counters;
  };

  void run(const std::stop_token& stop, std::uint32_t queue_frames);
  void take_assignment(bus::Subscriber& subscriber);
  void on_frame(const bus::Received& received);
  void decide(Watched& watched, FrameMeta frame);
  void report_malformed(std::string_view why);

  bus::Bus& bus_;
  const Counters counters_;
  const OnDecision on_decision_;
  RateLimit malformed_log_;

  mutable std::mutex mutex_;  // guards what is assigned but not yet taken
  std::optional<std::vector<TaskPtr>> assigned_;
  bool settled_ = true;

  // Of the loop's thread.
  TaskCounterSource task_counters_;
  std::unordered_map<std::string, Watched> watched_;  // by topic

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::logic
