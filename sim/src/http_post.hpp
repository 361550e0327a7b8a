// One POST the way sophon-stream does it: a TCP connection of its own, the header of cpp-httplib 0.12, the
// answer read and thrown away.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "stop_event.hpp"

namespace stream::sim {

struct PostResult {
  int status = 0;   // of the answer; 0 when there was none
  std::string why;  // what went wrong; empty when there was an answer
};

// Connects, sends, and waits at most `read_timeout` without progress (5 s, as the real one) for the answer.
// Ends early when `stop` is raised. Written with plain sockets: header and body go out in one call without a
// copy, and a wait can be ended at once, neither of which cpp-httplib's client can do.
PostResult post(const std::string& ip, std::uint16_t port, const std::string& path, std::string_view json,
                const StopEvent& stop, std::chrono::milliseconds read_timeout = std::chrono::seconds(5));

}  // namespace stream::sim
