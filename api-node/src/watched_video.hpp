// The video of one task's algorithm, as its ingest-node counts it and the log of its process tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runner_tools.hpp"
#include "video_flow.hpp"

namespace stream::api {

// Confined to one thread. `tools` must outlive it.
class WatchedVideo {
 public:
  WatchedVideo(const RunnerTools& tools, std::string task_id, std::uint32_t algorithm);

  // Another process has the video from now on: whatever is counted later is of this one.
  void begin(std::chrono::steady_clock::time_point now, const std::string& ingest_node);
  // The same for a process that has it already.
  void begin_anew(std::chrono::steady_clock::time_point now);
  // Hears what `ingest_node` has counted.
  void listen(std::chrono::steady_clock::time_point now, const std::string& ingest_node);

  VideoFlow& flow() { return flow_; }
  const VideoFlow& flow() const { return flow_; }

 private:
  std::optional<HeardFlow> find(const std::string& ingest_node) const;

  const RunnerTools& tools_;
  const std::string task_id_;
  const std::uint32_t algorithm_;
  VideoFlow flow_{{}};
  std::optional<std::chrono::steady_clock::time_point> heard_at_;  // the last count that was taken
};

}  // namespace stream::api
