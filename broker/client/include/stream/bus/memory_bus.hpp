// The bus inside one process: for tests, simulation and single-process programs. Keeps all promises but
// durability over the process's end.
#pragma once

#include <memory>

#include "stream/bus/bus.hpp"

namespace stream::bus {

std::unique_ptr<Bus> make_memory_bus();

}  // namespace stream::bus
