// What stream-server can be told, and how settings for single nodes get through to them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stream/common/config.hpp"
#include "stream/common/result.hpp"

namespace stream::server {

struct ServerConfig {
  std::string data_dir = "data";
  std::string stream_path;
  std::uint16_t api_port = 8001;
  std::uint16_t ingest_port = 10001;
  std::uint32_t ingest_nodes = 1;
  std::uint32_t logic_nodes = 1;
  std::uint32_t reporter_nodes = 1;
  std::string logic_program;          // empty: the stream-logic beside the program
  std::vector<std::string> settings;  // node.key=value
  std::chrono::milliseconds start_timeout{30'000};
  std::chrono::milliseconds stop_grace{10'000};

  bool operator==(const ServerConfig&) const = default;

  void describe(ConfigTable& table);
};

// What the configuration table cannot say: the stream path is a folder, the ports fit, the socket paths are
// not too long for the system. kInvalid or kNotFound, naming the key.
Status check(const ServerConfig& config);

// The value of one `--set node.key=value`, taken apart.
struct NodeSetting {
  std::string node;        // a role ("logic": all of them) or a node's name ("logic-2")
  std::string assignment;  // key=value, as the node reads it
  bool operator==(const NodeSetting&) const = default;
};

// kInvalid when `text` is not node.key=value.
Result<NodeSetting> parse_setting(std::string_view text);

// The command line without what is meant for the nodes.
struct Arguments {
  std::vector<std::string> own;       // for start_node, the program's name first
  std::vector<std::string> settings;  // node.key=value, from --set
  std::string log_level;              // from --log-level; stays in `own`, too
};

// `--set node.key=value` goes to the nodes when `node` looks like one of ours, else to stream-server itself.
Arguments split_arguments(const std::vector<std::string>& arguments);

}  // namespace stream::server
