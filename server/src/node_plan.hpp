// Which processes stream-server starts, with which command lines. Pure: nothing is started here.
#pragma once

#include <csignal>
#include <filesystem>
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
};

// The broker, then the others. `config` has passed check(). Settings come last on each command line, so they
// win. kInvalid for a setting that is meant for no node of the plan.
Result<std::vector<NodePlan>> make_plan(const ServerConfig& config, const std::string& log_level,
                                        const std::filesystem::path& executables);

// Of the bus's sockets below `data_dir`.
std::string longest_socket_path(const std::filesystem::path& data_dir);

}  // namespace stream::server
