#include <filesystem>

#include "broker.hpp"
#include "stream/common/node.hpp"
#include "stream/events/disk_watch.hpp"
#include "stream/http/admin.hpp"
#include "stream/schemas/topics.hpp"

int main(int argc, char** argv) {
  using namespace stream;
  broker::BrokerConfig config;
  const NodeFlags flags{"stream-broker", "carries frames, alarms and state between the nodes"};
  ConfigTable table;
  config.describe(table);
  if (const auto exit_code = start_node(argc, argv, flags, table)) return *exit_code;

  Metrics metrics;
  const auto running = broker::Broker::start(config, metrics);
  if (!running) return node_failed(running.error());
  const auto admin = http::AdminServer::start(config.admin_listen, metrics, [] { return std::string(); });
  if (!admin) return node_failed(admin.error());
  const auto bus = (*running)->connect();
  events::SystemEvents events(*bus, node_name(), metrics,
                              config.events.kept_at(std::string(topics::kBrokerBegunKey)));
  const events::DiskWatch disk(events, std::filesystem::path(config.data_dir) / "broker", config.disk);

  const auto& endpoints = (*running)->endpoints();
  notify_ready(fmt::format("publish={} subscribe={} control={} admin={}", endpoints.publish,
                           endpoints.subscribe, endpoints.control, (*admin)->address()));
  wait_for_stop();
  return kExitOk;
}
