// Receives the frames of this node's tasks and hands each to its unit.
//
// One thread does all of it. A decision costs some microseconds, so it is made where the frame arrives: no
// queue, no other thread, nothing that could overflow in between. Only what takes time is handed on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "counters.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/rate_limit.hpp"
#include "task.hpp"
#include "unit.hpp"

namespace stream::logic {

// Where the frames of a topic go.
struct Route {
  TaskPtr task;
  UnitPtr unit;
};
using Routes = std::map<std::string, Route, std::less<>>;  // by topic

// Starts in the constructor, ends in the destructor (within about 50 ms). Public functions are thread-safe.
class FrameLoop {
 public:
  // Runs on the loop's thread and must not block.
  using OnFrame = std::function<void(const UnitPtr&, FrameMeta)>;

  FrameLoop(bus::Bus& bus, const Counters& counters, std::uint32_t queue_frames, OnFrame on_frame);
  ~FrameLoop();
  FrameLoop(const FrameLoop&) = delete;
  FrameLoop& operator=(const FrameLoop&) = delete;

  // These and no others, from within 50 ms on.
  void set_routes(Routes routes);
  // No more frames, when it returns.
  void stop();
  // All set_routes() calls so far have taken effect.
  bool settled() const;

 private:
  void run(const std::stop_token& stop, std::uint32_t queue_frames);
  void take_routes(bus::Subscriber& subscriber);
  void take(const bus::Received& received);
  void report_malformed(std::string_view why);

  bus::Bus& bus_;
  const Counters counters_;
  const OnFrame on_frame_;
  RateLimit malformed_log_;

  mutable std::mutex mutex_;  // guards what is set but not yet taken
  std::optional<Routes> set_;
  bool settled_ = true;

  Routes routes_;  // of the loop's thread

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::logic
