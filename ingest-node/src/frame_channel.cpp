#include "frame_channel.hpp"

#include <utility>

#include "stream/common/encode.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ingest {

ChannelCounters::ChannelCounters(Metrics& metrics)
    : published(metrics.counter("stream_ingest_frames_published_total", "Frames whose metadata went out")),
      held(metrics.counter("stream_ingest_frames_held_total",
                           "Frames whose metadata had to wait for a consumer")),
      unsent(metrics.counter("stream_ingest_frames_unsent_total",
                             "Frames whose metadata the bus did not take; it can be fetched")),
      dropped(metrics.counter("stream_ingest_frames_dropped_total",
                              "Frames whose metadata was given up before it went out",
                              {{"reason", "no_consumer"}})) {}

FrameChannel::FrameChannel(bus::Publisher& publisher, const ChannelCounters& counters,
                           const Counter& numbered, std::string task_id, std::uint32_t algorithm,
                           std::uint64_t source, ReplayLimits limits)
    : publisher_(publisher),
      counters_(counters),
      numbered_(numbered),
      task_id_(std::move(task_id)),
      algorithm_(algorithm),
      source_(source),
      name_(encode_name(task_id_) + "/" + std::to_string(algorithm)),
      frame_topic_(topics::frame(task_id_, algorithm)),
      body_topic_(topics::body(task_id_, algorithm)),
      event_topic_(topics::event(task_id_)),
      ring_(limits) {}

FrameChannel::~FrameChannel() {
  counters_.dropped.add(static_cast<double>(ring_.next_number() - next_to_send_));
}

void FrameChannel::set_poster(std::uint64_t poster) {
  const std::lock_guard lock(mutex_);
  poster_ = poster;
}

void FrameChannel::publish(FrameMeta meta) {
  const std::lock_guard lock(mutex_);
  send_waiting();  // before the new one takes their place
  meta.number = ring_.next_number();
  last_frame_us_ = meta.received_us;
  end_of_stream_ = meta.end_of_stream;
  meta.source = source_;
  meta.poster = poster_;
  ring_.add(encode(meta));
  numbered_.add();
  if (next_to_send_ < ring_.oldest_number()) {
    counters_.dropped.add(static_cast<double>(ring_.oldest_number() - next_to_send_));
    next_to_send_ = ring_.oldest_number();
  }
  send_waiting();
  if (next_to_send_ < ring_.next_number()) counters_.held.add();
}

void FrameChannel::count_refused() {
  const std::lock_guard lock(mutex_);
  ++refused_;
}

ChannelFlow FrameChannel::flow() const {
  const std::lock_guard lock(mutex_);
  return {
      task_id_,       algorithm_,    ring_.next_number() - 1, refused_, ring_.next_number() - next_to_send_,
      last_frame_us_, end_of_stream_};
}

void FrameChannel::flush() {
  const std::lock_guard lock(mutex_);
  send_waiting();
}

void FrameChannel::send_waiting() {
  if (next_to_send_ == ring_.next_number() || !publisher_.has_consumer(frame_topic_)) return;
  for (; next_to_send_ < ring_.next_number(); ++next_to_send_) {
    switch (publisher_.publish(frame_topic_, *ring_.at(next_to_send_))) {
      case bus::PublishResult::kSent:
        counters_.published.add();
        break;
      case bus::PublishResult::kBackPressured:  // to try again would keep everything behind it waiting
        counters_.unsent.add();
        break;
      case bus::PublishResult::kNoSubscriber:  // left meanwhile
        return;
    }
  }
}

std::vector<ReplayRing::Message> FrameChannel::after(std::uint64_t number, ReplayLimits most) const {
  const std::lock_guard lock(mutex_);
  return ring_.after(number, most);
}

}  // namespace stream::ingest
