// The configuration of an ingest-node; config/ingest-node.json holds the defaults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stream/bus/zmq_bus.hpp"
#include "stream/common/config.hpp"

namespace stream::ingest {

struct IngestConfig {
  std::string listen = "0.0.0.0:10001";
  std::string advertise;  // empty: derived from `listen`
  std::string admin_listen = "127.0.0.1:0";
  std::uint32_t ring_mib = 256;
  std::uint32_t ring_seconds = 10;
  std::uint32_t max_body_mib = 8;
  std::uint32_t replay_frames = 500;
  std::uint32_t replay_kib = 1024;
  std::uint32_t http_max_connections = 8192;
  std::uint32_t http_backlog = 1024;
  std::chrono::milliseconds http_header_deadline{5000};
  std::chrono::milliseconds http_idle_deadline{10000};
  std::uint32_t http_minimum_body_rate = 16 * 1024;
  bus::ZmqBusOptions bus;
  // For a process that is alone. Not empty: posts to any path are frames of the tasks' algorithms with these
  // path keys, the first key for the first mChannelId that comes, and so on. Not configurable.
  std::vector<std::string> camera_keys;

  // `listen` names no address of this machine in particular.
  bool listens_everywhere() const;

  void describe(ConfigTable& table);
};

// The address others reach us at: `advertise`, else the bound one, where "any address" becomes this
// machine's.
std::string advertised_address(const IngestConfig& config, const std::string& bound);

}  // namespace stream::ingest
