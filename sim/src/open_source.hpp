// Picks the kind of source a channel plays.
#pragma once

#include <memory>

#include "demo_config.hpp"
#include "frame_source.hpp"
#include "graph.hpp"
#include "source_address.hpp"
#include "stop_event.hpp"

namespace stream::sim {

// Never fails: what is wrong with a source shows in its first next(). `stop` ends its waits and must outlive
// it.
std::unique_ptr<FrameSource> open_source(const ChannelConfig& channel, const SourceAddress& address,
                                         const Graph& graph, const StopEvent& stop);

}  // namespace stream::sim
