#include "ingest_node.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "flow_report.hpp"
#include "frame_rate.hpp"
#include "stream/common/random.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::ingest {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;
constexpr std::size_t kMostTaskCounters = 2000;
constexpr std::chrono::seconds kLoadEvery{1};
// Room for several frames of a connection: its sender is done, and we are woken, in one go.
constexpr int kReceiveBufferBytes = 2 * 1024 * 1024;

FrameEdgeOptions edge_options(const IngestConfig& config) {
  FrameEdgeOptions options;
  options.boot = random_u64();
  options.max_body_bytes = config.max_body_mib * kMiB;
  options.ring_bytes = config.ring_mib * kMiB;
  options.ring_age = std::chrono::seconds(config.ring_seconds);
  options.camera_keys = config.camera_keys;
  return options;
}

http::ServerOptions server_options(const IngestConfig& config) {
  http::ServerOptions options;
  options.listen = config.listen;
  options.max_connections = config.http_max_connections;
  options.backlog = static_cast<int>(config.http_backlog);
  options.header_deadline = config.http_header_deadline;
  options.idle_deadline = config.http_idle_deadline;
  options.minimum_body_rate = config.http_minimum_body_rate;
  options.receive_buffer_bytes = kReceiveBufferBytes;
  return options;
}

}  // namespace

IngestNode::IngestNode(const IngestConfig& config, bus::Bus& bus, Metrics& metrics)
    : bus_(bus),
      metrics_(metrics),
      publisher_(bus.make_publisher()),
      channel_counters_(metrics_),
      task_labels_(kMostTaskCounters),
      routes_(metrics_,
              [this, limits = ReplayLimits{config.replay_frames, config.replay_kib * kKiB}](
                  const std::string& task_id, std::uint32_t algorithm, std::uint64_t source) {
                return std::make_shared<FrameChannel>(*publisher_, channel_counters_,
                                                      numbered(task_id, algorithm), task_id, algorithm,
                                                      source, limits);
              }),
      // A quarter of the memory at most waits for slow listeners.
      tap_(bus, metrics_, config.ring_mib * kMiB / 4),
      edge_(std::make_unique<FrameEdge>(edge_options(config), routes_, *publisher_, tap_, metrics_)) {
  publisher_->set_subscription_listener(
      [this] { routes_.for_each([](FrameChannel& channel) { channel.flush(); }); });
}

IngestNode::~IngestNode() {
  publisher_->set_subscription_listener({});
}

Result<std::unique_ptr<IngestNode>> IngestNode::start(const IngestConfig& config, bus::Bus& bus,
                                                      Metrics& metrics, const std::string& name) {
  if (config.ring_mib < 2 * config.max_body_mib) {
    return fail(ErrorCode::kInvalid, "ring_mib: found {}, expected at least twice max_body_mib ({})",
                config.ring_mib, config.max_body_mib);
  }
  if (config.advertise.empty() && config.listens_everywhere() && config.bus.broker_is_elsewhere()) {
    return fail(ErrorCode::kInvalid,
                "advertise: found nothing, expected host:port of this machine, since listen is every address "
                "({}) and the broker is elsewhere",
                config.listen);
  }
  std::unique_ptr<IngestNode> node(new IngestNode(config, bus, metrics));

  auto server = http::Server::start(server_options(config), *node->edge_, node->metrics_, "frames");
  if (!server) return tl::unexpected(std::move(server.error()).within("listen"));
  node->server_ = std::move(*server);
  node->address_ = advertised_address(config, node->server_->address());
  node->edge_->set_address(node->address_);

  NodeRecord self;
  self.node = name;
  self.role = "ingest";
  self.address = node->address_;
  node->membership_ = std::make_unique<ownership::Membership>(bus, self, nullptr);
  node->follow_tasks();
  node->show_load(name);
  return node;
}

void IngestNode::announce_admin_address(const std::string& address) {
  membership_->update([&](NodeRecord& self) { self.admin_address = address; });
}

Counter IngestNode::numbered(const std::string& task_id, std::uint32_t algorithm) {
  return metrics_.counter("stream_ingest_task_frames_total",
                          "Frames of a task that were given a number, from 1 on",
                          task_labels_.of(task_id, algorithm));
}

void IngestNode::follow_tasks() {
  tasks_ = std::make_unique<bus::Follower>(bus_, std::string(topics::kTaskKeys), [this](const auto& changes) {
    routes_.apply(changes);
    // Told only now: from here on frames of these tasks are taken.
    std::uint64_t newest = 0;
    for (const auto& entry : changes.entries) newest = std::max(newest, entry.revision);
    membership_->update(
        [newest](NodeRecord& self) { self.tasks_revision = std::max(self.tasks_revision, newest); });
  });
}

void IngestNode::show_load(const std::string& name) {
  load_.emplace(kLoadEvery, [this, rate = FrameRate(FrameRate::Clock::now()),
                             flows = FlowReporter(*publisher_, routes_, name, edge_->boot()),
                             shown = 0.0](auto) mutable {
    flows.tell();
    const double load = std::round(rate.update(edge_->frames_taken(), FrameRate::Clock::now()) * 10) / 10;
    if (load == std::exchange(shown, load)) return;
    membership_->update([load](NodeRecord& self) { self.load = load; });
  });
}

std::string IngestNode::not_ready() const {
  if (!bus_.healthy()) return "the broker does not answer";
  if (!tasks_->synced()) return "the tasks are not known yet";
  if (!membership_->joined()) return "not a member yet";
  return {};
}

}  // namespace stream::ingest
