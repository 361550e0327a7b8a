// Whole bodies for whoever listens: a tap, a script that wants full frames.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "body_pool.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"

namespace stream::ingest {

// Publishes bodies from the memory they arrived in, and only while their topic has a subscriber. A listener
// that is too slow loses bodies, counted; it never holds more than `most_bytes` of the node's frame memory.
// Thread-safe.
class BodyTap {
 public:
  BodyTap(bus::Bus& bus, Metrics& metrics, std::size_t most_bytes);

  void publish(const std::string& topic, const std::shared_ptr<const Body>& body);

 private:
  const std::unique_ptr<bus::Publisher> publisher_;
  const std::size_t most_bytes_;
  // Bytes the transport has not let go of yet; outlives us, as they may.
  const std::shared_ptr<std::atomic<std::size_t>> in_transit_bytes_;
  Counter published_, dropped_;
};

}  // namespace stream::ingest
