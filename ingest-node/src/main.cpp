#include "ingest_node.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"
#include "stream/http/admin.hpp"

int main(int argc, char** argv) {
  using namespace stream;

  ingest::IngestConfig config;
  ConfigTable table;
  config.describe(table);
  const NodeFlags flags{"stream-ingest", "receives frames from stream processes and keeps the last ones"};
  if (const auto exit_code = start_node(argc, argv, flags, table)) return *exit_code;

  auto bus = bus::make_zmq_bus(config.bus);
  if (!bus) return node_failed(bus.error());
  Metrics metrics;
  auto node = ingest::IngestNode::start(config, **bus, metrics, node_name());
  if (!node) return node_failed(node.error());
  const auto admin =
      http::AdminServer::start(config.admin_listen, metrics, [&node] { return (*node)->not_ready(); });
  if (!admin) return node_failed(admin.error());
  (*node)->announce_admin_address((*admin)->address());
  while (!(*node)->not_ready().empty()) {
    if (wait_stop_signal(std::chrono::milliseconds(20))) return kExitOk;
  }
  notify_ready("listen=" + (*node)->address() + " admin=" + (*admin)->address());
  wait_for_stop();
  return kExitOk;
}
