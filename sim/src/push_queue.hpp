// The queue of http_push for one channel: at most 20 frames wait, further ones are dropped, a thread posts
// them one after the other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "graph.hpp"
#include "stop_event.hpp"

namespace stream::sim {

inline constexpr std::size_t kPushQueueFrames = 20;

struct PushCounts {
  std::uint64_t posted = 0;   // answered with 2xx
  std::uint64_t refused = 0;  // answered with something else
  std::uint64_t failed = 0;   // not answered
  std::uint64_t dropped = 0;  // the queue was full
  bool operator==(const PushCounts&) const = default;
};

enum class WhenFull {
  kDrop,  // as sophon-stream does
  kWait,  // for replays that must lose nothing
};

// Thread-safe. Without a target everything is swallowed.
class PushQueue {
 public:
  PushQueue(const std::optional<PushTarget>& target, int channel_id, WhenFull when_full);
  // Abandons what waits.
  ~PushQueue();
  PushQueue(const PushQueue&) = delete;
  PushQueue& operator=(const PushQueue&) = delete;

  void push(std::string body);
  // Waits until everything that was pushed is posted, or until abandon().
  void drain();
  // Ends the post in flight and everything that waits; push() and drain() return at once from now on.
  void abandon();

  PushCounts counts() const;

 private:
  void run();

  const std::optional<PushTarget> target_;
  const std::uint16_t port_;
  const WhenFull when_full_;
  StopEvent stop_;
  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  bool posting_ = false;
  bool abandoned_ = false;
  PushCounts counts_;
  std::thread thread_;  // last: started when all else is there
};

}  // namespace stream::sim
