// SIGINT and SIGTERM without work in signal handlers: blocked everywhere, taken by whoever waits.
#pragma once

#include <chrono>
#include <optional>

namespace stream {

// First call in main, before any thread exists: every later thread inherits the mask. SIGPIPE is ignored.
void block_stop_signals();

// Waits for SIGINT or SIGTERM. Empty when `timeout` passed without one.
std::optional<int> wait_stop_signal(std::chrono::milliseconds timeout);

}  // namespace stream
