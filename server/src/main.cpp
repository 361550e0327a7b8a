#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "node_plan.hpp"
#include "nodes_file.hpp"
#include "server_config.hpp"
#include "stream/common/log.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"
#include "supervisor.hpp"

namespace {

namespace fs = std::filesystem;
using stream::server::Child;
using stream::server::Supervisor;

std::vector<stream::server::NodeState> states(const std::deque<Child>& children) {
  std::vector<stream::server::NodeState> result;
  result.reserve(children.size());
  for (const Child& child : children) {
    result.push_back({child.plan().name, child.plan().role, child.state() == Child::State::kReady,
                      child.pid(), child.listen_address(), child.admin_address(), child.restarts()});
  }
  return result;
}

std::string address_of(const std::deque<Child>& children, const std::string& role) {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const Child& child) { return child.plan().role == role; });
  return found == children.end() ? std::string() : found->listen_address();
}

// The one line on stdout.
std::string summary(const std::deque<Child>& children, const std::string& data_dir) {
  std::string api = address_of(children, "api");
  if (api.starts_with("0.0.0.0:")) api.replace(0, 7, "127.0.0.1");
  const std::string ingest = address_of(children, "ingest");
  return fmt::format("ready: api http://{}, frames on port {}, data in {}", api,
                     ingest.substr(ingest.rfind(':') + 1),
                     fs::absolute(data_dir).lexically_normal().string());
}

}  // namespace

int main(int argc, char** argv) {
  stream::block_upgrade_signal();
  auto arguments = stream::server::split_arguments({argv, argv + argc});
  std::vector<char*> own;
  for (std::string& argument : arguments.own) own.push_back(argument.data());
  own.push_back(nullptr);

  stream::server::ServerConfig config;
  stream::ConfigTable table;
  config.describe(table);
  const stream::NodeFlags flags{"stream-server", "starts a broker and all nodes, and keeps them running"};
  if (const auto exit_code = stream::start_node(static_cast<int>(own.size()) - 1, own.data(), flags, table)) {
    return *exit_code;
  }
  config.settings.insert(config.settings.end(), arguments.settings.begin(), arguments.settings.end());
  if (const auto checked = stream::server::check(config); !checked)
    return stream::node_failed(checked.error());

  const fs::path executables = fs::read_symlink("/proc/self/exe").parent_path();
  auto plan = stream::server::make_plan(config, arguments.log_level, executables);
  if (!plan) return stream::node_failed(plan.error());

  stream::server::NodesFile file(config.data_dir);
  stream::server::SupervisorOptions options;
  options.start_timeout = config.start_timeout;
  options.stop_grace = config.stop_grace;
  options.renew_requested = stream::upgrade_signal_came;
  options.on_change = [&](const std::deque<Child>& children) {
    if (const auto written = file.write(states(children)); !written) {
      stream::log::error("nodes_file_not_written", {{"reason", written.error().message}});
    }
  };
  Supervisor supervisor(std::move(*plan), std::move(options), [](std::chrono::milliseconds timeout) {
    const auto signal_number = stream::wait_stop_signal(timeout);
    if (signal_number) stream::log::info("stopping", {{"signal", *signal_number}});
    return signal_number.has_value();
  });

  const auto started = supervisor.start();
  if (started && *started == Supervisor::Started::kReady) {
    const std::string line = summary(supervisor.children(), config.data_dir);
    fmt::print("{}\n", line);
    std::fflush(stdout);
    stream::notify_ready(line);
    supervisor.run();
  }
  const auto stopped = supervisor.stop();
  if (!started) return stream::node_failed(started.error());
  if (!stopped) return stream::node_failed(stopped.error());
  return stream::kExitOk;
}
