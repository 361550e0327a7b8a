#include <chrono>
#include <optional>

#include "api_node.hpp"
#include "stream/bus/zmq_bus.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"

int main(int argc, char** argv) {
  using namespace stream;
  api::ApiConfig config;
  const NodeFlags flags{"stream-api", "answers application-web and runs the stream processes of its tasks"};
  ConfigTable table;
  config.describe(table);
  if (const auto exit_code = start_node(argc, argv, flags, table)) return *exit_code;

  const auto bus = bus::make_zmq_bus(config.bus);
  if (!bus) return node_failed(bus.error());
  api::SupervisorOptions options;
  // Who asks us again to stop does not want to wait for the stream processes; but one stop may reach us on
  // several ways (a service manager's, stream-server's).
  constexpr std::chrono::milliseconds kSameStop{500};
  std::optional<std::chrono::steady_clock::time_point> asked_first;
  options.is_in_a_hurry = [&] {
    const auto now = std::chrono::steady_clock::now();
    if (!asked_first) asked_first = now;
    return wait_stop_signal(std::chrono::milliseconds(0)) && now - *asked_first >= kSameStop;
  };
  const auto node = api::ApiNode::start(config, node_name(), **bus, options);
  if (!node) return node_failed(node.error());

  constexpr std::chrono::milliseconds kLook{20};
  while (!(*node)->not_ready().empty()) {
    if (wait_stop_signal(kLook)) return kExitOk;
  }
  const std::string tls = (*node)->tls_address();
  notify_ready("listen=" + (*node)->address() + " admin=" + (*node)->admin_address() +
               (tls.empty() ? "" : " tls=" + tls));
  wait_for_stop();
  return kExitOk;
}
