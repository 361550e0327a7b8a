// Ports for the control interfaces of stream processes.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>

#include "stream/common/result.hpp"

namespace stream::api {

// Stream processes listen with SO_REUSEPORT, so two of them on one port would share it in silence: a port
// handed out here is not handed out again until it is given back. Thread-safe.
class PortPool {
 public:
  // A port of 127.0.0.1 that nobody listens on now. kUnavailable when there is none.
  Result<std::uint16_t> take();
  // One that a process uses already.
  void claim(std::uint16_t port);
  void give_back(std::uint16_t port);

 private:
  std::mutex mutex_;
  std::set<std::uint16_t> taken_;  // guarded by mutex_
};

}  // namespace stream::api
