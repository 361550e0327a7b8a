#include "recording_server.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "stream/common/assert.hpp"

namespace stream::sim {

RecordingServer::RecordingServer(int status)
    : status_(status), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  STREAM_ASSERT(::bind(listener_, plain, size) == 0 && ::listen(listener_, 64) == 0 &&
                    ::getsockname(listener_, plain, &size) == 0,
                "errno {}", errno);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

RecordingServer::~RecordingServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    held_ = false;
  }
  changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);  // ends accept()
  thread_.join();
  ::close(listener_);
}

std::vector<RecordedPost> RecordingServer::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

std::vector<std::string> RecordingServer::bodies() const {
  std::vector<std::string> bodies;
  for (const auto& post : posts()) bodies.push_back(post.body);
  return bodies;
}

std::size_t RecordingServer::count() const {
  const std::lock_guard lock(mutex_);
  return posts_.size();
}

void RecordingServer::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void RecordingServer::release() {
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
  }
  changed_.notify_all();
}

void RecordingServer::serve() {
  for (;;) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    serve_connection(connection);
    ::close(connection);
  }
}

void RecordingServer::serve_connection(int connection) {
  std::string received;
  std::size_t head_end = std::string::npos, length = 0;
  char chunk[65536];
  while (head_end == std::string::npos || received.size() < head_end + 4 + length) {
    const auto got = ::recv(connection, chunk, sizeof chunk, 0);
    if (got <= 0) return;
    received.append(chunk, static_cast<std::size_t>(got));
    if (head_end != std::string::npos) continue;
    head_end = received.find("\r\n\r\n");
    const auto field = received.find("Content-Length: ");
    if (field < head_end) length = std::strtoul(received.c_str() + field + 16, nullptr, 10);
  }
  std::unique_lock lock(mutex_);
  posts_.push_back({received.substr(0, head_end), received.substr(head_end + 4)});
  changed_.wait(lock, [this] { return !held_; });
  lock.unlock();
  const auto answer =
      fmt::format("HTTP/1.1 {} x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}", status_);
  [[maybe_unused]] const auto sent = ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
}

}  // namespace stream::sim
