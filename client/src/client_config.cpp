#include "client_config.hpp"

#include <arpa/inet.h>

#include <array>
#include <limits>

namespace stream::client {

void ClientConfig::describe(ConfigTable& table) {
  constexpr double kMostType = std::numeric_limits<std::int32_t>::max();
  table.add("task_id", task_id, "id of the task, in every alarm");
  table.add("type", type,
            "number of the algorithm, in every alarm; 0 = none in particular: detections of each class",
            {0, kMostType});
  table.add("host", host, "address to receive frames on");
  table.add("port", port, "port to receive frames on, under any path; 0 = the system picks one");
  table.add("url", url,
            "report URLs, which take turns: one, several with commas between, or ['http://...', ...]; "
            "empty = alarms are printed");
  table.add("src_id", src_id, "SrcID in every alarm");
  table.add("extend", extend, "Extend of the task, JSON: InFrames, OutFrames, Rules");
  table.add("sample_interval", sample_interval, "sample_interval of the stream process: a step of mFrameId",
            {1, 1e6});
  table.add("cameras", cameras,
            "mChannelIds that are told apart, in alarms as ChannelID; frames of further ones are refused",
            {1, 256});
  table.add("algorithms_dir", algorithms_dir,
            "folder of the algorithms; empty: ../share/stream-server/algorithms beside the program");
  table.add("save_dir", save_dir, "each alarm is also written here as JSON; empty: nowhere");
  table.add("ca_file", ca_file,
            "trusted certificates for https (PEM) instead of the system's; empty: the system's");
  table.add("admin_listen", admin_listen, "address and port of /metrics, /healthz and /readyz");
  table.add("ring_mib", ring_mib, "memory for whole frames, MiB", {16, 65536});
  table.add("queue_mib", queue_mib,
            "memory for alarms that no URL has taken yet, MiB; over it no more are decided on", {1, 65536});
  table.add("stop_grace_ms", stop_grace, "time to deliver what is decided when told to stop", {0, 600000});
}

Result<std::string> ClientConfig::listen() const {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  if (inet_pton(AF_INET, host.c_str(), address.data()) == 1) return fmt::format("{}:{}", host, port);
  if (inet_pton(AF_INET6, host.c_str(), address.data()) == 1) return fmt::format("[{}]:{}", host, port);
  return fail(ErrorCode::kInvalid,
              "host: found \"{}\", expected an IPv4 or IPv6 address of this machine, e.g. "
              "0.0.0.0 or 127.0.0.1",
              host);
}

}  // namespace stream::client
