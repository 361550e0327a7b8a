// Which addresses the bus may use: ipc and tcp, and tcp beyond this machine only with keys.
#pragma once

#include <string>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream::bus {

// The path of "ipc://path"; empty for other transports.
std::string_view ipc_path(std::string_view endpoint);

// It cannot mean another machine: ipc, or tcp on the loopback interface. REQUIRES: check_endpoint() took it.
bool is_on_this_machine(std::string_view endpoint);

// kInvalid, saying what is wrong with `endpoint` (ipc://<path> or tcp://<host>:<port>). `has_keys`: CURVE
// keys are configured, so that tcp may leave the machine.
Status check_endpoint(std::string_view endpoint, bool has_keys);

}  // namespace stream::bus
