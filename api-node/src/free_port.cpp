#include "free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stream::api {
namespace {

// Asks the system by binding; 0 when it has none.
std::uint16_t ask_system() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(socket, generic, length) == 0 && ::getsockname(socket, generic, &length) == 0;
  ::close(socket);
  return bound ? ntohs(address.sin_port) : std::uint16_t{0};
}

}  // namespace

Result<std::uint16_t> PortPool::take() {
  constexpr int kTries = 1000;
  const std::lock_guard lock(mutex_);
  for (int i = 0; i < kTries; ++i) {
    const std::uint16_t port = ask_system();
    if (port != 0 && taken_.insert(port).second) return port;
  }
  return fail(ErrorCode::kUnavailable, "found no free port on 127.0.0.1");
}

void PortPool::claim(std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  taken_.insert(port);
}

void PortPool::give_back(std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  taken_.erase(port);
}

}  // namespace stream::api
