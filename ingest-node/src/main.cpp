#include "ingest_node.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"

int main(int argc, char** argv) {
  using namespace stream;

  ingest::IngestConfig config;
  ConfigTable table;
  config.describe(table);
  const NodeFlags flags{"stream-ingest", "receives frames from stream processes and keeps the last ones"};
  if (const auto exit_code = start_node(argc, argv, flags, table)) return *exit_code;

  auto bus = bus::make_zmq_bus(config.bus);
  if (!bus) return node_failed(bus.error());
  auto node = ingest::IngestNode::start(config, **bus, node_name());
  if (!node) return node_failed(node.error());
  while (!(*node)->not_ready().empty()) {
    if (wait_stop_signal(std::chrono::milliseconds(20))) return kExitOk;
  }
  notify_ready("listen=" + (*node)->address() + " admin=" + (*node)->admin_address());
  wait_for_stop();
  return kExitOk;
}
