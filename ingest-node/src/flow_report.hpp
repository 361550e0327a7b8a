// How the frames of each task flow, told once a second to whoever supervises the stream processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "route_table.hpp"
#include "stream/bus/bus.hpp"

namespace stream::ingest {

// Confined to one thread.
class FlowReporter {
 public:
  static constexpr std::size_t kMostChannels = 256;  // of one message

  // `boot`: as in FrameRef. What is given must outlive it.
  FlowReporter(bus::Publisher& publisher, const RouteTable& routes, std::string node, std::uint64_t boot);

  // Publishes what was counted of each channel that is this node's and had a frame. Nothing while nobody
  // listens.
  void tell();

 private:
  bus::Publisher& publisher_;
  const RouteTable& routes_;
  const std::string node_, topic_;
  const std::uint64_t boot_;
};

}  // namespace stream::ingest
