// The configuration of stream-api.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "stream/bus/zmq_bus.hpp"
#include "stream/common/config.hpp"
#include "stream/events/disk_watch.hpp"
#include "stream/events/system_events.hpp"

namespace stream::api {

struct ApiConfig {
  std::string listen = "0.0.0.0:8001";
  std::string admin_listen = "127.0.0.1:0";
  std::string tls_listen;  // with the next two: HTTPS as well; empty: none
  std::string tls_certificate;
  std::string tls_key;
  std::string api_token_file;  // empty: /api/v1 is open to everybody
  bool legacy = true;          // /task/*, which application-web uses
  std::vector<std::string> labels;
  std::string data_dir = "data";
  std::string stream_path;     // the installation of sophon-stream
  std::string algorithms_dir;  // empty: ../share/stream-server/algorithms beside the program
  bool delete_by_device_name = true;
  std::uint32_t max_body_kib = 1024;
  std::uint32_t stream_log_mib = 16;
  std::uint32_t max_processes = 1000;
  std::uint32_t max_process_mib = 0;
  std::string device_memory_file = "/sys/kernel/debug/ion/bm_npu_heap_dump/summary";
  std::uint32_t device_memory_mib = 128;
  std::string stream_process;      // empty, "per_task" or "shared"
  std::uint32_t max_channels = 0;  // 0: as the algorithms say
  std::chrono::milliseconds channel_alive{15000};
  std::chrono::milliseconds first_video{60000}, stall{30000}, stall_restart{60000}, kill_after{5000};
  std::chrono::milliseconds ingest_grace{5000};
  std::chrono::milliseconds failover_grace{30000};
  std::chrono::milliseconds stop_grace{3000};
  events::SystemEventsOptions events;
  events::DiskWatchOptions disk;
  bus::ZmqBusOptions bus;

  // Adds all keys. The table refers to this object.
  void describe(ConfigTable& table);
};

}  // namespace stream::api
