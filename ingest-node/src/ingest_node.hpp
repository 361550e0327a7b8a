// A whole ingest-node on a bus, without a process around it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "frame_edge.hpp"
#include "ingest_config.hpp"
#include "route_table.hpp"
#include "stream/bus/bus.hpp"
#include "stream/bus/follower.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/periodic.hpp"
#include "stream/common/task_labels.hpp"
#include "stream/ownership/membership.hpp"

namespace stream::ingest {

class IngestNode {
 public:
  // `name`: the node's, for its record in the KV. Errors say which address cannot be used and why. What is
  // given by reference must outlive the node.
  static Result<std::unique_ptr<IngestNode>> start(const IngestConfig& config, bus::Bus& bus,
                                                   Metrics& metrics, const std::string& name);
  ~IngestNode();

  const std::string& address() const { return address_; }  // of the frame edge, as others reach it
  // Tells the peers where our /metrics are.
  void announce_admin_address(const std::string& address);
  // Why it cannot do its work now; empty when it can.
  std::string not_ready() const;

 private:
  IngestNode(const IngestConfig& config, bus::Bus& bus, Metrics& metrics);
  void follow_tasks();
  void show_load(const std::string& name);
  Counter numbered(const std::string& task_id, std::uint32_t algorithm);  // called by routes_

  bus::Bus& bus_;
  Metrics& metrics_;
  const std::unique_ptr<bus::Publisher> publisher_;
  ChannelCounters channel_counters_;
  TaskLabels task_labels_;
  RouteTable routes_;
  BodyTap tap_;
  std::string address_;
  // In this order: each uses those above it, and stops before them.
  std::unique_ptr<FrameEdge> edge_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<ownership::Membership> membership_;
  std::unique_ptr<bus::Follower> tasks_;
  std::optional<Periodic> load_;  // writes NodeRecord::load, and publishes flows
};

}  // namespace stream::ingest
