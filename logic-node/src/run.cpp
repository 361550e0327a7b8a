#include "stream/logic/run.hpp"

#include <chrono>

#include "config.hpp"
#include "logic_node.hpp"
#include "pictures.hpp"
#include "replay.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"
#include "stream/http/admin.hpp"

namespace stream::logic {

int run_logic_node(int argc, char** argv, const decision::CustomRules& rules) {
  LogicConfig config;
  ConfigTable table;
  config.describe(table);
  const NodeFlags flags{"stream-logic", "decides which objects alarm and makes the alarms"};
  if (const auto exit_code = start_node(argc, argv, flags, table)) return *exit_code;

  const auto bus = bus::make_zmq_bus(config.broker);
  if (!bus) return node_failed(bus.error());
  Metrics metrics;
  IngestPictures pictures(std::size_t{config.max_alarm_mib} << 20);
  IngestReplay replay;
  LogicNode node(**bus, pictures, replay, metrics, config, node_name(), {}, &rules);
  const auto admin = http::AdminServer::start(
      config.admin_listen, metrics, [&node] { return node.not_ready(); }, node.admin_routes());
  if (!admin) return node_failed(admin.error());
  node.announce_admin_address((*admin)->address());

  while (!node.not_ready().empty()) {
    if (wait_stop_signal(std::chrono::milliseconds(20))) return kExitOk;
  }
  notify_ready("admin=" + (*admin)->address());
  wait_for_stop();
  return kExitOk;
}

}  // namespace stream::logic
