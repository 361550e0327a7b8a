// What can be configured about the broker. config/broker.json holds the same defaults, kept so by a test.
#pragma once

#include <cstdint>
#include <string>

#include "stream/common/config.hpp"
#include "stream/common/result.hpp"
#include "stream/events/disk_watch.hpp"
#include "stream/events/system_events.hpp"

namespace stream::broker {

struct BrokerConfig {
  std::string data_dir = "data";
  // ipc://<path> or tcp://<host>:<port>; empty: ipc in <data_dir>/run.
  std::string publish, subscribe, control;
  std::string admin_listen = "127.0.0.1:0";
  std::string durability = "power";
  std::string server_secret_key_file;
  std::string client_public_keys_dir;
  std::uint32_t subscriber_queue_mib = 64;
  std::uint32_t max_topic_message_mib = 32;
  std::uint32_t max_database_mib = 4096;
  std::uint32_t max_kv_mib = 256;
  std::uint32_t ballast_mib = 8;
  events::SystemEventsOptions events;
  events::DiskWatchOptions disk;

  void describe(ConfigTable& table);
  // What the table's types and ranges cannot say.
  Status check() const;
};

}  // namespace stream::broker
