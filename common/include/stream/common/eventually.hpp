// Waiting for a condition of another process or thread where nothing can be waited on directly.
#pragma once

#include <chrono>
#include <thread>

namespace stream {

// Asks `ready` every `interval` until it says true (result: true) or `limit` has passed (false).
template <class Ready>
bool eventually(Ready ready, std::chrono::milliseconds limit = std::chrono::seconds(10),
                std::chrono::milliseconds interval = std::chrono::milliseconds(5)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!ready()) {
    if (std::chrono::steady_clock::now() >= end) return ready();
    std::this_thread::sleep_for(interval);
  }
  return true;
}

}  // namespace stream
