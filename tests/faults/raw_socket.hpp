// Connections by the thousand, to tcp and to unix sockets, that send what no client should.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "form.hpp"

namespace stream::faults {

// Where somebody listens: a port of 127.0.0.1, or the path of a unix socket.
struct Target {
  std::string name;  // for people
  std::uint16_t port = 0;
  std::string path;
};

// Non-blocking. Confined to one thread.
class RawSocket {
 public:
  explicit RawSocket(const Target& target);
  ~RawSocket();
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&&) = delete;
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  int fd() const { return fd_; }
  // What the kernel takes; false: the peer is gone.
  bool send(std::string_view bytes);
  // All of it, within `limit`.
  bool send_all(std::string_view bytes, std::chrono::milliseconds limit);
  void finish_sending();
  // Anything came, or the peer closed, within `limit`.
  bool answered_within(std::chrono::milliseconds limit);
  // Throws away what has come; true when the peer has closed.
  bool closed();

 private:
  int fd_ = -1;
};

// Many connections to one target that do next to nothing.
class Flood {
 public:
  Flood(const Target& target, std::size_t connections);
  // `bytes` to each, as far as the kernel takes them.
  void send(std::string_view bytes);
  std::size_t open();  // that the peer has not closed
  // Opens again what the peer has closed.
  void refill();

 private:
  const Target target_;
  std::vector<RawSocket> sockets_;
};

// What a ZeroMQ peer says before its first message, and one message of one part.
std::string zmtp_greeting(std::string_view socket_type);
std::string zmtp_frame(std::string_view body, bool more = false);

}  // namespace stream::faults
