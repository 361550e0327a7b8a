#include <chrono>

#include "config.hpp"
#include "logic_node.hpp"
#include "pictures.hpp"
#include "replay.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"
#include "stream/http/admin.hpp"

int main(int argc, char** argv) {
  stream::logic::LogicConfig config;
  stream::ConfigTable table;
  config.describe(table);
  const stream::NodeFlags flags{"stream-logic", "decides which objects alarm and makes the alarms"};
  if (const auto exit_code = stream::start_node(argc, argv, flags, table)) return *exit_code;

  const auto bus = stream::bus::make_zmq_bus(config.broker);
  if (!bus) return stream::node_failed(bus.error());
  stream::Metrics metrics;
  stream::logic::IngestPictures pictures(std::size_t{config.max_alarm_mib} << 20);
  stream::logic::IngestReplay replay;
  stream::logic::LogicNode node(**bus, pictures, replay, metrics, config, stream::node_name());
  const auto admin =
      stream::http::AdminServer::start(config.admin_listen, metrics, [&node] { return node.not_ready(); });
  if (!admin) return stream::node_failed(admin.error());
  node.announce_admin_address((*admin)->address());

  while (!node.not_ready().empty()) {
    if (stream::wait_stop_signal(std::chrono::milliseconds(20))) return stream::kExitOk;
  }
  stream::notify_ready("admin=" + (*admin)->address());
  stream::wait_for_stop();
}
