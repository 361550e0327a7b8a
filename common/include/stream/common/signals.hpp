// SIGINT, SIGTERM and SIGUSR2 without work in signal handlers: blocked everywhere, taken by whoever waits or
// asks.
#pragma once

#include <chrono>
#include <optional>

namespace stream {

// First call in main, before any thread exists: every later thread inherits the mask. SIGPIPE is ignored.
void block_stop_signals();

// Waits for SIGINT or SIGTERM. Empty when `timeout` passed without one.
std::optional<int> wait_stop_signal(std::chrono::milliseconds timeout);

// From now on SIGUSR2 does not end the process. To be called as block_stop_signals() is.
void block_upgrade_signal();

// REQUIRES: block_upgrade_signal() was called. Whether one came since the last call; never blocks.
bool upgrade_signal_came();

}  // namespace stream
