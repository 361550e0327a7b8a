// The way of one task's and algorithm's frame metadata onto its topic, in order, whether or not somebody is
// there to consume it yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"

namespace stream::ingest {

// Shared by all channels of a node. Thread-safe.
struct ChannelCounters {
  explicit ChannelCounters(Metrics& metrics);

  Counter published;
  Counter held;                            // had to wait for a consumer
  Counter dropped_held, dropped_bus_full;  // lost: too many were waiting; the bus took no more
};

// Publishes while the topic has a consumer. Else it holds the newest `hold_most` messages, for the consumer
// that comes: nothing is lost while a logic-node starts or a task moves. Thread-safe.
class FrameChannel {
 public:
  FrameChannel(bus::Publisher& publisher, const ChannelCounters& counters, std::string task_id,
               std::uint32_t algorithm, std::size_t hold_most);

  const std::string& task_id() const { return task_id_; }
  std::uint32_t algorithm() const { return algorithm_; }
  const std::string& body_topic() const { return body_topic_; }
  const std::string& event_topic() const { return event_topic_; }

  // `message`: an encoded FrameMeta.
  void publish(std::string message);
  // Sends what is held if there is a consumer now. For the bus's subscription listener.
  void flush();

 private:
  // False: the consumer left meanwhile, and the message is still ours.
  bool send(const std::string& message);
  void flush_locked();

  bus::Publisher& publisher_;
  const ChannelCounters& counters_;
  const std::string task_id_;
  const std::uint32_t algorithm_;
  const std::string frame_topic_, body_topic_, event_topic_;
  const std::size_t hold_most_;

  // Keeps the order between held and new messages; guards everything below.
  std::mutex mutex_;
  std::deque<std::string> held_;
};

}  // namespace stream::ingest
