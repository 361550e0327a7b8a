#include "watched_video.hpp"

#include <utility>

namespace stream::api {

using TimePoint = std::chrono::steady_clock::time_point;

WatchedVideo::WatchedVideo(const RunnerTools& tools, std::string task_id, std::uint32_t algorithm)
    : tools_(tools), task_id_(std::move(task_id)), algorithm_(algorithm) {}

void WatchedVideo::begin_anew(TimePoint now) {
  flow_ = VideoFlow(now);
  heard_at_.reset();
}

void WatchedVideo::begin(TimePoint now, const std::string& ingest_node) {
  begin_anew(now);
  const auto heard = find(ingest_node);
  flow_.on_count(now, heard ? heard->count : FlowCount{});
}

void WatchedVideo::listen(TimePoint now, const std::string& ingest_node) {
  const auto heard = find(ingest_node);
  if (!heard || (heard_at_ && heard->at <= *heard_at_)) return;
  heard_at_ = heard->at;
  flow_.on_count(now, heard->count);
}

std::optional<HeardFlow> WatchedVideo::find(const std::string& ingest_node) const {
  if (!tools_.hooks.find_flow) return std::nullopt;
  return tools_.hooks.find_flow(task_id_, algorithm_, ingest_node);
}

}  // namespace stream::api
