// Configuration of stream-logic; config/logic-node.json shows the same defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "stream/bus/zmq_bus.hpp"
#include "stream/common/config.hpp"

namespace stream::logic {

struct LogicConfig {
  std::string admin_listen = "127.0.0.1:0";
  bus::ZmqBusOptions broker;
  double weight = 1;
  std::uint32_t frame_queue = 10000;
  std::uint32_t max_objects = 10000;
  std::uint32_t bus_threads = 8;
  std::uint32_t fetch_threads = 16;
  std::uint32_t max_alarm_mib = 16;
  std::uint32_t max_held_mib = 256;
  std::chrono::milliseconds picture_deadline{2000};
  std::chrono::milliseconds save{1000};
  std::chrono::milliseconds stop_grace{2000};

  void describe(ConfigTable& table);
};

}  // namespace stream::logic
