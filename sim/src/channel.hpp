// One channel in one graph: a source, a thread that plays it, the queue it posts through.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "demo_config.hpp"
#include "fps_log.hpp"
#include "frame_source.hpp"
#include "graph.hpp"
#include "misbehaviour.hpp"
#include "push_queue.hpp"
#include "source_address.hpp"
#include "stop_event.hpp"

namespace stream::sim {

// Plays from the constructor on. Thread-safe.
class Channel {
 public:
  // `index`: its number in the log lines, as sophon-stream counts. `at_end` runs on its thread when the
  // source has ended and everything is posted, not when the channel is stopped. `report`: posts to
  // http_report.
  Channel(const ChannelConfig& config, const SourceAddress& address, const Graph& graph, int index,
          std::function<void()> at_end, std::function<void(const std::string&)> report);
  // Stops playing; what waits to be posted is abandoned.
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  int id() const { return config_.channel_id; }
  int index() const { return index_; }
  // Stops playing, as the destructor does. Not from two threads at once.
  void stop();
  // The source has ended and everything is posted.
  bool ended() const { return ended_; }
  // It ended because the source is broken.
  bool failed() const { return failed_; }
  PushCounts counts() const { return queue_.counts(); }

 private:
  void run();
  Status play_file(FrameSource& source);
  void play_live(FrameSource& source);
  // Until the end of the source or until stopped; the number of steps. `again`: the log tells of the first.
  Result<std::uint64_t> play_through(FrameSource& source, bool again);
  std::chrono::nanoseconds interval_of(const FrameSource& source) const;

  const ChannelConfig config_;
  const SourceAddress address_;
  const Graph graph_;
  const int index_;
  const std::function<void()> at_end_;
  FpsLog decoded_, passed_;
  Misdeeds misdeeds_;
  StopEvent stop_;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> failed_ = false;
  PushQueue queue_;
  std::thread thread_;  // last: started when all else is there
};

}  // namespace stream::sim
