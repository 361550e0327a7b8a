#include "frame_channel.hpp"

#include <utility>

#include "stream/schemas/topics.hpp"

namespace stream::ingest {
namespace {

Counter dropped(Metrics& metrics, const char* reason) {
  return metrics.counter("stream_ingest_frames_dropped_total", "Frames whose metadata was lost in this node",
                         {{"reason", reason}});
}

}  // namespace

ChannelCounters::ChannelCounters(Metrics& metrics)
    : published(metrics.counter("stream_ingest_frames_published_total", "Frames whose metadata went out")),
      held(metrics.counter("stream_ingest_frames_held_total",
                           "Frames whose metadata had to wait for a consumer")),
      dropped_held(dropped(metrics, "no_consumer")),
      dropped_bus_full(dropped(metrics, "bus_full")) {}

FrameChannel::FrameChannel(bus::Publisher& publisher, const ChannelCounters& counters, std::string task_id,
                           std::uint32_t algorithm, std::size_t hold_most)
    : publisher_(publisher),
      counters_(counters),
      task_id_(std::move(task_id)),
      algorithm_(algorithm),
      frame_topic_(topics::frame(task_id_, algorithm)),
      body_topic_(topics::body(task_id_, algorithm)),
      event_topic_(topics::event(task_id_)),
      hold_most_(hold_most) {}

void FrameChannel::publish(std::string message) {
  const std::lock_guard lock(mutex_);
  if (publisher_.has_consumer(frame_topic_)) {
    flush_locked();
    if (held_.empty() && send(message)) return;
  }
  counters_.held.add();
  held_.push_back(std::move(message));
  if (held_.size() > hold_most_) {
    held_.pop_front();
    counters_.dropped_held.add();
  }
}

void FrameChannel::flush() {
  const std::lock_guard lock(mutex_);
  if (!held_.empty() && publisher_.has_consumer(frame_topic_)) flush_locked();
}

void FrameChannel::flush_locked() {
  while (!held_.empty() && send(held_.front())) held_.pop_front();
}

bool FrameChannel::send(const std::string& message) {
  switch (publisher_.publish(frame_topic_, message)) {
    case bus::PublishResult::kSent:
      counters_.published.add();
      return true;
    case bus::PublishResult::kBackPressured:
      counters_.dropped_bus_full.add();
      return true;
    case bus::PublishResult::kNoSubscriber:
      return false;
  }
  return false;
}

}  // namespace stream::ingest
