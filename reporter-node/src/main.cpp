// stream-reporter: takes alarms from the durable queue and reports them to the tasks' report URLs.
#include "config.hpp"
#include "event_reports.hpp"
#include "poster.hpp"
#include "reporter.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"
#include "stream/http/admin.hpp"
#include "stream/ownership/membership.hpp"
#include "stream/schemas/topics.hpp"

int main(int argc, char** argv) {
  using namespace stream;

  reporter::ReporterConfig config;
  bus::ZmqBusOptions broker;
  ConfigTable table;
  config.describe(table);
  broker.describe(table);
  const NodeFlags flags{"stream-reporter", "reports alarms to the tasks' report URLs"};
  if (const auto exit_code = start_node(argc, argv, flags, table)) return *exit_code;

  auto event_urls = config.parsed_event_urls();
  if (!event_urls) return node_failed(event_urls.error());
  const auto poster = reporter::Poster::create(config.poster());
  if (!poster) return node_failed(poster.error());
  const auto bus = bus::make_zmq_bus(broker);
  if (!bus) return node_failed(bus.error());

  NodeRecord self;
  self.node = node_name();
  self.role = "reporter";
  ownership::Membership membership(**bus, self, {});
  const auto readiness = [&]() -> std::string {
    if (!(*bus)->healthy()) return "the broker does not answer";
    return membership.joined() ? "" : "not yet a member";
  };
  Metrics metrics;
  const auto admin = http::AdminServer::start(config.admin_listen, metrics, readiness);
  if (!admin) return node_failed(admin.error());
  reporter::Peers peers;
  peers.name = self.node;
  peers.live = [&] { return membership.live("reporter"); };
  membership.update([&](NodeRecord& record) {
    record.admin_address = (*admin)->address();
    peers.boot = record.boot;
  });
  // Only a member knows who else is alive, and whose claims are to be respected.
  while (!readiness().empty()) {
    if (wait_stop_signal(std::chrono::milliseconds(50))) return kExitOk;
  }
  events::SystemEvents events(**bus, self.node, metrics,
                              config.events.kept_at(topics::begun_key(self.role, self.node)));
  const reporter::EventReports event_reports(**bus, **poster, metrics, events, *std::move(event_urls),
                                             config.backoff());
  const reporter::Reporter reporter(**bus, **poster, metrics, peers, events, config);
  notify_ready("admin=" + (*admin)->address());
  wait_for_stop();
}
