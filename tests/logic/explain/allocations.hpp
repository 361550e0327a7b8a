// Counts what the program allocates. Linking it replaces the global operator new.
#pragma once

#include <cstdint>

namespace stream::logic {

// So far, by all threads.
std::uint64_t allocations();

}  // namespace stream::logic
