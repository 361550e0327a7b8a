#include "broker_config.hpp"

namespace stream::broker {

void BrokerConfig::describe(ConfigTable& table) {
  table.add("data_dir", data_dir, "directory of the database (broker/) and the ipc sockets (run/)");
  table.add("publish", publish,
            "where publishers connect, ipc://<path> or tcp://<host>:<port>; empty: ipc in data_dir");
  table.add("subscribe", subscribe, "where subscribers connect; empty: ipc in data_dir");
  table.add("control", control, "where requests come in; empty: ipc in data_dir");
  table.add("admin_listen", admin_listen, "address and port of /metrics, /healthz, /readyz");
  table.add("durability", durability,
            "power: a commit survives a power cut; process: only the end of the process");
  table.add("server_secret_key_file", server_secret_key_file,
            "our CURVE secret key; tcp beyond this machine needs it");
  table.add("client_public_keys_dir", client_public_keys_dir,
            "directory with the *.pub keys that may connect");
  table.add("subscriber_queue_mib", subscriber_queue_mib,
            "memory for a subscriber that is slow, reckoned with 64 KiB a message", {1, 65'536});
  table.add("max_topic_message_mib", max_topic_message_mib, "publishers of bigger messages are cut off",
            {1, 1024});
  table.add("max_database_mib", max_database_mib, "queues that would grow the database further are full",
            {1, 1'048'576});
  table.add("max_kv_mib", max_kv_mib, "keys and values, all in memory", {1, 65'536});
  table.add("ballast_mib", ballast_mib, "disk space held back for emptying a full disk", {4, 1024});
  events.describe(table);
  disk.describe(table);
}

Status BrokerConfig::check() const {
  if (durability != "power" && durability != "process") {
    return fail(ErrorCode::kInvalid, "durability: found \"{}\", expected power or process", durability);
  }
  if (server_secret_key_file.empty() != client_public_keys_dir.empty()) {
    return fail(ErrorCode::kInvalid,
                "server_secret_key_file and client_public_keys_dir go together: found one of them");
  }
  return {};
}

}  // namespace stream::broker
