#include "flow_report.hpp"

#include <utility>

#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ingest {

FlowReporter::FlowReporter(bus::Publisher& publisher, const RouteTable& routes, std::string node,
                           std::uint64_t boot)
    : publisher_(publisher),
      routes_(routes),
      node_(std::move(node)),
      topic_(topics::flow(node_)),
      boot_(boot) {}

void FlowReporter::tell() {
  if (!publisher_.has_subscriber(topic_)) return;
  FlowReport report{node_, boot_, {}};
  bool told = false;
  // One that is lost is made up for by the next, since the counts only grow.
  const auto send = [&] {
    (void)publisher_.publish(topic_, encode(report));
    told = true;
    report.channels.clear();
  };
  // A task that was moved is counted where it is; here its frames stay for those who missed some.
  routes_.for_each_of(node_, [&](const FrameChannel& channel) {
    ChannelFlow flow = channel.flow();
    if (flow.taken == 0 && flow.refused == 0) return;
    report.channels.push_back(std::move(flow));
    if (report.channels.size() == kMostChannels) send();
  });
  // Without channels, too: who listens knows then that there was nothing.
  if (!told || !report.channels.empty()) send();
}

}  // namespace stream::ingest
