#include "server_config.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "node_plan.hpp"

namespace stream::server {
namespace {

constexpr std::array<std::string_view, 5> kRoles{"broker", "api", "ingest", "logic", "reporter"};

// "logic" and "logic-2", but not "logical".
bool looks_like_node(std::string_view name) {
  return std::any_of(kRoles.begin(), kRoles.end(), [&](std::string_view role) {
    if (!name.starts_with(role)) return false;
    name.remove_prefix(role.size());
    return name.empty() || (name.size() > 1 && name[0] == '-' &&
                            name.find_first_not_of("0123456789", 1) == std::string_view::npos);
  });
}

Status check_ports(const ServerConfig& config) {
  if (config.ingest_port != 0 && config.ingest_port + config.ingest_nodes - 1 > 65535) {
    return fail(ErrorCode::kInvalid,
                "ingest_port: {} ingest-nodes from port {} on go beyond 65535; choose a lower port",
                config.ingest_nodes, config.ingest_port);
  }
  if (config.api_port != 0 && config.api_port >= config.ingest_port &&
      config.api_port < config.ingest_port + config.ingest_nodes) {
    return fail(ErrorCode::kInvalid, "api_port: {} is also the port of an ingest-node (from {} on, {})",
                config.api_port, config.ingest_port, config.ingest_nodes);
  }
  return {};
}

Status check_socket_paths(const ServerConfig& config) {
  const std::size_t limit = sizeof(sockaddr_un::sun_path) - 1;
  const std::size_t longest = longest_socket_path(config.data_dir).size();
  if (longest <= limit) return {};
  return fail(ErrorCode::kInvalid,
              "data_dir: the socket paths below it have {} bytes, the system takes {}; choose a data "
              "directory whose path is at least {} bytes shorter",
              longest, limit, longest - limit);
}

}  // namespace

void ServerConfig::describe(ConfigTable& table) {
  table.add("data_dir", data_dir, "where everything durable and the sockets live; made when it is missing");
  table.add("stream_path", stream_path,
            "the sophon-stream installation (the folder with samples/ and build/)");
  table.add("api_port", api_port, "port of the REST face; 0 = the system picks one");
  table.add("ingest_port", ingest_port, "port of the first ingest-node, further ones count up; 0 = picked");
  table.add("ingest_nodes", ingest_nodes, "how many ingest-nodes", {1, 64});
  table.add("logic_nodes", logic_nodes, "how many logic-nodes", {1, 64});
  table.add("reporter_nodes", reporter_nodes, "how many reporter-nodes", {1, 64});
  table.add("logic_program", logic_program,
            "run as logic-nodes, for rules of your own; empty: the stream-logic beside the program");
  table.add("settings", settings, "node.key=value for single nodes, like --set logic.key=value");
  table.add("start_timeout_ms", start_timeout, "a node that is not ready by then cannot start",
            {100, 3'600'000});
  table.add(
      "stop_grace_ms", stop_grace,
      "a node that has not ended by then is killed; the api-node gets its kill_after_ms and 3 s at least",
      {100, 3'600'000});
}

Status check(const ServerConfig& config) {
  if (config.data_dir.empty()) return fail(ErrorCode::kInvalid, "data_dir: found nothing, expected a folder");
  if (config.stream_path.empty()) {
    return fail(ErrorCode::kInvalid,
                "stream_path: found nothing, expected the folder of the sophon-stream installation "
                "(--stream-path DIR)");
  }
  std::error_code error;
  if (!std::filesystem::is_directory(config.stream_path, error)) {
    return fail(ErrorCode::kNotFound, "stream_path: {} is not a folder{}", config.stream_path,
                error ? ": " + error.message() : "");
  }
  if (!config.logic_program.empty() && ::access(config.logic_program.c_str(), X_OK) != 0) {
    return fail(ErrorCode::kNotFound, "logic_program: {} is not a program that can be started",
                config.logic_program);
  }
  return check_ports(config).and_then([&] { return check_socket_paths(config); });
}

Result<NodeSetting> parse_setting(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::size_t equals = text.find('=');
  if (dot == 0 || dot == std::string_view::npos || equals == std::string_view::npos || equals <= dot + 1) {
    // The value may be a secret, so only the key is shown.
    return fail(ErrorCode::kInvalid, "settings: found '{}', expected node.key=value", text.substr(0, equals));
  }
  return NodeSetting{std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

Arguments split_arguments(const std::vector<std::string>& arguments) {
  Arguments result;
  const auto take = [&](const std::string& assignment) {
    if (!looks_like_node(std::string_view(assignment).substr(0, assignment.find('.')))) return false;
    result.settings.push_back(assignment);
    return true;
  };
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool has_next = i + 1 < arguments.size();
    if (argument == "--set" && has_next && take(arguments[i + 1])) {
      ++i;
      continue;
    }
    if (argument.starts_with("--set=") && take(argument.substr(6))) continue;
    if ((argument == "--log-level" || argument == "--log_level") && has_next) {
      result.log_level = arguments[i + 1];
    }
    result.own.push_back(argument);
  }
  return result;
}

}  // namespace stream::server
