// The flags of stream-client. The first five are those of the client that it takes the place of.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "stream/common/config.hpp"

namespace stream::client {

struct ClientConfig {
  std::string task_id = "0";
  int type = 0;
  std::string host = "0.0.0.0";
  std::uint16_t port = 11100;
  std::string url;  // as parse_url_list() reads it

  std::string src_id;
  std::string extend = "{}";  // a JSON object, text
  std::uint32_t sample_interval = 1;
  std::uint32_t cameras = 16;
  std::string algorithms_dir;  // empty: manifest::installed_algorithms()
  std::string save_dir;
  std::string ca_file;
  std::string admin_listen = "127.0.0.1:0";
  std::uint32_t ring_mib = 128;
  std::uint32_t queue_mib = 256;
  std::chrono::milliseconds stop_grace{5000};

  void describe(ConfigTable& table);
  // host:port as servers read it, an IPv6 address in brackets. kInvalid when the host is no address.
  Result<std::string> listen() const;
};

}  // namespace stream::client
