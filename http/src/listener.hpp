// The listening socket: from "127.0.0.1:8001" to a descriptor, with the system's reason when that fails.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "stream/common/result.hpp"
#include "stream/http/server.hpp"

namespace stream::http {

struct Listener {
  int fd = -1;          // non-blocking; the caller closes it
  std::string address;  // host:port as bound
  std::uint16_t port = 0;
};

// options.listen: address:port with a numeric address, IPv6 in brackets. kInvalid when it is none,
// kUnavailable when the system refuses it.
Result<Listener> open_listener(const ServerOptions& options);

// "127.0.0.1:4711" or "[::1]:4711".
std::string address_text(const sockaddr_storage& address);

}  // namespace stream::http
