#include "raw_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace stream::faults {
namespace {

using std::chrono::milliseconds;

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS || errno == ENOTCONN;
}

bool wait_for(int fd, short events, Clock::time_point end) {
  const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
  pollfd wait{fd, events, 0};
  return ::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 1;
}

// A unix socket whose queue is full refuses at once, where tcp waits: so it is asked again for a while.
int connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  if (connected) return fd;
  ::close(fd);
  return -1;
}

int connect_tcp(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

RawSocket::RawSocket(const Target& target)
    : fd_(target.path.empty() ? connect_tcp(target.port) : connect_unix(target.path)) {}

RawSocket::~RawSocket() {
  if (fd_ >= 0) ::close(fd_);
}

RawSocket::RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

bool RawSocket::send(std::string_view bytes) {
  return fd_ >= 0 &&
         (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || would_block());
}

bool RawSocket::send_all(std::string_view bytes, milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (fd_ >= 0 && !bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (!would_block() || !wait_for(fd_, POLLOUT, end))) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return fd_ >= 0;
}

void RawSocket::finish_sending() {
  ::shutdown(fd_, SHUT_WR);
}

bool RawSocket::answered_within(milliseconds limit) {
  return fd_ < 0 || wait_for(fd_, POLLIN, Clock::now() + limit);
}

bool RawSocket::closed() {
  std::array<char, 4096> memory;
  while (fd_ >= 0) {
    const ssize_t got = ::recv(fd_, memory.data(), memory.size(), MSG_DONTWAIT);
    if (got > 0) continue;
    return got == 0 || !would_block();
  }
  return true;
}

Flood::Flood(const Target& target, std::size_t connections) : target_(target) {
  sockets_.reserve(connections);
  while (sockets_.size() < connections) sockets_.emplace_back(target);
}

void Flood::send(std::string_view bytes) {
  for (RawSocket& socket : sockets_) socket.send(bytes);
}

std::size_t Flood::open() {
  return static_cast<std::size_t>(
      std::count_if(sockets_.begin(), sockets_.end(), [](RawSocket& socket) { return !socket.closed(); }));
}

void Flood::refill() {
  const std::size_t wanted = sockets_.size();
  std::vector<RawSocket> alive;
  alive.reserve(wanted);
  for (RawSocket& socket : sockets_) {
    if (!socket.closed()) alive.push_back(std::move(socket));
  }
  sockets_ = std::move(alive);
  while (sockets_.size() < wanted) sockets_.emplace_back(target_);
}

std::string zmtp_greeting(std::string_view socket_type) {
  using namespace std::string_literals;
  std::string text = "\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL"s;
  text.resize(64, '\0');
  const std::string name = "Socket-Type";
  std::string ready = "\x05READY"s;
  ready += static_cast<char>(name.size());
  ready += name;
  ready += "\0\0\0"s;
  ready += static_cast<char>(socket_type.size());
  ready += socket_type;
  text += '\x04';
  text += static_cast<char>(ready.size());
  return text + ready;
}

std::string zmtp_frame(std::string_view body, bool more) {
  std::string frame;
  const auto flags = static_cast<char>((more ? 1 : 0) | (body.size() > 255 ? 2 : 0));
  frame += flags;
  if (body.size() > 255) {
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(body.size() >> shift);
  } else {
    frame += static_cast<char>(body.size());
  }
  frame += body;
  return frame;
}

}  // namespace stream::faults
