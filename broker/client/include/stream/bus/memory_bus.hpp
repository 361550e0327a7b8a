// The bus inside one process: for tests, simulation and single-process programs. Keeps all promises but
// durability over the process's end.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>

#include "stream/bus/bus.hpp"

namespace stream::bus {

// Of each queue.
struct MemoryBusOptions {
  // Payloads; over it enqueue() says kFull. One message fits, however large it is.
  std::size_t queue_bytes = std::numeric_limits<std::size_t>::max();
  // Messages that are done and would still be known as duplicates; over it the oldest pass as new.
  std::size_t known_ids = std::numeric_limits<std::size_t>::max();
};

std::unique_ptr<Bus> make_memory_bus(const MemoryBusOptions& options = {});

}  // namespace stream::bus
