// Which processes stream-server starts, with which command lines. Pure: nothing is started here.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server_config.hpp"
#include "stream/common/result.hpp"

namespace stream::server {

struct NodePlan {
  std::string name;  // "broker", "api", "logic-1"; unique
  std::string role;
  int stage = 0;                       // a stage starts when the one before it is ready, and stops before it
  std::vector<std::string> arguments;  // [0] is the executable
  bool picks_port = false;             // listens on a port of the system's choice
  int renew_signal = SIGTERM;          // ends it so that its successor goes on where it was
  // How long it may take to end processes of its own, which live on when it is killed: so it gets that time
  // when it is stopped, and is told to hurry up (SIGTERM again) before it is killed. Empty: it has none.
  std::optional<std::chrono::milliseconds> ends_others{};
};

// The broker, then the others. `config` has passed check(). Settings come last on each command line, so they
// win. kInvalid for a setting that is meant for no node of the plan.
Result<std::vector<NodePlan>> make_plan(const ServerConfig& config, const std::string& log_level,
                                        const std::filesystem::path& executables);

// The default of the api-node's kill_after_ms.
inline constexpr std::chrono::milliseconds kApiKillAfter{5000};

// Of the bus's sockets below `data_dir`.
std::string longest_socket_path(const std::filesystem::path& data_dir);

}  // namespace stream::server
