#include "ingest_config.hpp"

namespace stream::ingest {

bool IngestConfig::listens_everywhere() const {
  return listen.starts_with("0.0.0.0:") || listen.starts_with("[::]:");
}

void IngestConfig::describe(ConfigTable& table) {
  table.add("listen", listen, "address and port where stream processes post frames");
  table.add("advertise", advertise, "host:port where others reach this node; empty = from listen");
  table.add("admin_listen", admin_listen, "address and port of /metrics, /healthz and /readyz");
  table.add("ring_mib", ring_mib, "memory for whole frames, MiB", {1, 65536});
  table.add("ring_seconds", ring_seconds, "how long a whole frame is kept at most, seconds", {1, 3600});
  table.add("max_body_mib", max_body_mib, "largest frame taken, MiB", {1, 256});
  table.add("replay_frames", replay_frames,
            "frames of a task and algorithm whose metadata is kept for whoever missed it; the newest",
            {1, 100000});
  table.add("replay_kib", replay_kib, "memory for that, of a task and algorithm, KiB", {16, 1048576});
  table.add("http.max_connections", http_max_connections, "connections open at the same time", {1, 1e6});
  table.add("http.backlog", http_backlog, "connections the kernel keeps until we take them", {1, 65535});
  table.add("http.header_deadline_ms", http_header_deadline, "time for a whole request header", {10, 600000});
  table.add("http.idle_deadline_ms", http_idle_deadline,
            "time between requests of a kept connection, and for taking an answer", {10, 600000});
  table.add("http.minimum_body_rate", http_minimum_body_rate,
            "bytes a second; senders slower than that for two seconds are cut off", {1, 1e9});
  bus.describe(table);
}

std::string advertised_address(const IngestConfig& config, const std::string& bound) {
  if (!config.advertise.empty()) return config.advertise;
  const auto port = bound.substr(bound.rfind(':'));
  if (bound.starts_with("0.0.0.0:")) return "127.0.0.1" + port;
  if (bound.starts_with("[::]:")) return "[::1]" + port;
  return bound;
}

}  // namespace stream::ingest
