// The way of one task's and algorithm's frame metadata onto its topic, in order, whether or not somebody is
// there to consume it yet; and again, for whoever missed some.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "replay_ring.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::ingest {

// Shared by all channels of a node. Thread-safe. Every frame that got a number is counted in exactly one of
// published, unsent and dropped, sooner or later; until then it waits in its channel's ring.
struct ChannelCounters {
  explicit ChannelCounters(Metrics& metrics);

  Counter published;
  Counter held;     // had to wait for a consumer
  Counter unsent;   // the bus took no more; a consumer sees the gap and can fetch them
  Counter dropped;  // left the ring, or went with it, before there was a consumer
};

// Numbers the frames, from 1, and keeps the last ones. Publishes while the topic has a consumer; else they
// wait in the ring for the one that comes: nothing is lost while a logic-node starts or a task moves.
// Thread-safe.
class FrameChannel {
 public:
  // `numbered` counts the frames of this task and algorithm, `source` names the life of it that they are of.
  // What is given must outlive the channel.
  FrameChannel(bus::Publisher& publisher, const ChannelCounters& counters, const Counter& numbered,
               std::string task_id, std::uint32_t algorithm, std::uint64_t source, ReplayLimits limits);
  ~FrameChannel();  // what still waits is dropped
  FrameChannel(const FrameChannel&) = delete;
  FrameChannel& operator=(const FrameChannel&) = delete;

  const std::string& task_id() const { return task_id_; }
  std::uint32_t algorithm() const { return algorithm_; }
  std::uint64_t source() const { return source_; }
  // "<encode_name(task)>/<algorithm>": what requests for its frames call it.
  const std::string& name() const { return name_; }
  const std::string& body_topic() const { return body_topic_; }
  const std::string& event_topic() const { return event_topic_; }

  // Who posts from now on, as poster_of() names it.
  void set_poster(std::uint64_t poster);
  // Numbers `meta`, says of which life it is and who posts, keeps it, and sends it or lets it wait.
  void publish(FrameMeta meta);
  // Counts a frame that could not be taken for want of memory.
  void count_refused();
  // Sends what waits if there is a consumer now. For the bus's subscription listener.
  void flush();
  // What was counted so far.
  ChannelFlow flow() const;
  // Encoded frames with larger numbers, oldest first, whether sent or not: as many as fit in `most`, but one
  // if there is any.
  std::vector<ReplayRing::Message> after(std::uint64_t number, ReplayLimits most) const;

 private:
  void send_waiting();

  bus::Publisher& publisher_;
  const ChannelCounters& counters_;
  const Counter numbered_;
  const std::string task_id_;
  const std::uint32_t algorithm_;
  const std::uint64_t source_;
  const std::string name_, frame_topic_, body_topic_, event_topic_;

  // Held from numbering to sending, so that the order of the numbers is that on the topic; guards everything
  // below.
  mutable std::mutex mutex_;
  ReplayRing ring_;
  std::uint64_t poster_ = 0;
  std::uint64_t next_to_send_ = 1;
  std::uint64_t refused_ = 0;
  std::int64_t last_frame_us_ = 0;
  bool end_of_stream_ = false;
};

}  // namespace stream::ingest
