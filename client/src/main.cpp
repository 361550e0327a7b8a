#include <chrono>
#include <iostream>
#include <optional>
#include <utility>

#include "client.hpp"
#include "client_task.hpp"
#include "stream/common/log.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"
#include "stream/http/admin.hpp"

int main(int argc, char** argv) {
  using namespace stream;
  constexpr std::chrono::seconds kTidyEvery{10};

  client::ClientConfig config;
  ConfigTable table;
  config.describe(table);
  TaskRecord task;
  const auto make_task = [&]() -> Status {
    if (const auto listen = config.listen(); !listen) return tl::unexpected(listen.error());
    return client::make_task_record(config).map([&](TaskRecord made) { task = std::move(made); });
  };
  const NodeFlags flags{"stream-client", "receives frames, filters them and reports alarms, all by itself",
                        make_task};
  if (const auto exit_code = start_node(argc, argv, flags, table)) return *exit_code;

  Metrics metrics;
  const auto client = client::Client::start(config, task, metrics, node_name(), std::cout);
  if (!client) return node_failed(client.error());
  auto admin =
      http::AdminServer::start(config.admin_listen, metrics, [&client] { return (*client)->not_ready(); });
  if (!admin) return node_failed(admin.error());
  while (!(*client)->not_ready().empty()) {
    if (wait_stop_signal(std::chrono::milliseconds(20))) return kExitOk;
  }
  notify_ready("listen=" + (*client)->address() + " admin=" + (*admin)->address());

  std::optional<int> signal;
  while (!(signal = wait_stop_signal(kTidyEvery))) (*client)->tidy();
  log::info("stopping", {{"signal", *signal}});
  admin->reset();  // it asks the client
  const auto left = (*client)->stop(
      config.stop_grace, [](std::chrono::milliseconds wait) { return wait_stop_signal(wait).has_value(); });
  if (left == 0) return kExitOk;
  log::error("alarms_not_delivered", {{"count", left}});
  return kExitFailed;
}
