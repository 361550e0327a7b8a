#include "http_post.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace stream::sim {

namespace {

using Clock = std::chrono::steady_clock;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string reason(int error) {
  return std::strerror(error);  // NOLINT(concurrency-mt-unsafe): glibc's is
}

// A number from the header field `name`, or npos.
std::size_t content_length(std::string_view header) {
  std::string lower(header);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  constexpr std::string_view kField = "\r\ncontent-length:";
  auto at = lower.find(kField);
  if (at == std::string::npos) return std::string::npos;
  at = lower.find_first_not_of(' ', at + kField.size());
  std::size_t length = std::string::npos;
  if (at != std::string::npos) std::from_chars(lower.data() + at, lower.data() + lower.size(), length);
  return length;
}

// One exchange on one connection.
class Exchange {
 public:
  Exchange(const StopEvent& stop, std::chrono::milliseconds timeout) : stop_(stop), timeout_(timeout) {}

  PostResult run(const addrinfo& address, std::string_view header, std::string_view body) {
    const Socket socket(
        ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
    if (socket.fd() < 0) return {0, "socket: " + reason(errno)};
    fd_ = socket.fd();
    if (!open(address) || !send(header, body)) return {0, why_};
    return receive();
  }

 private:
  // Waits for the socket; notes why not.
  bool ready(short events, const char* doing) {
    if (stop_.wait_for_fd(fd_, events, Clock::now() + timeout_)) return true;
    why_ = fmt::format("{}: {}", doing, stop_.raised() ? "stopped" : "timed out");
    return false;
  }

  bool open(const addrinfo& address) {
    if (connect(fd_, address.ai_addr, address.ai_addrlen) == 0) return true;
    int error = errno;
    if (error == EINPROGRESS) {
      if (!ready(POLLOUT, "connect")) return false;
      socklen_t size = sizeof error;
      getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) return true;
    }
    why_ = "connect: " + reason(error);
    return false;
  }

  bool send(std::string_view header, std::string_view body) {
    while (!header.empty() || !body.empty()) {
      iovec parts[2] = {{const_cast<char*>(header.data()), header.size()},
                        {const_cast<char*>(body.data()), body.size()}};
      msghdr message{};
      message.msg_iov = parts;
      message.msg_iovlen = 2;
      const auto sent = sendmsg(fd_, &message, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) {
          why_ = "send: " + reason(errno);
          return false;
        }
        if (!ready(POLLOUT, "send")) return false;
        continue;
      }
      const auto of_header = std::min(static_cast<std::size_t>(sent), header.size());
      header.remove_prefix(of_header);
      body.remove_prefix(static_cast<std::size_t>(sent) - of_header);
    }
    return true;
  }

  // Reads until the answer is complete, by its length or by the end of the connection.
  PostResult receive() {
    constexpr std::size_t kMostHeader = 65536;
    std::string answer;
    std::size_t complete = std::string::npos;
    char chunk[4096];
    while (answer.size() < complete) {
      const auto got = recv(fd_, chunk, sizeof chunk, 0);
      if (got < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return {0, "answer: " + reason(errno)};
        if (!ready(POLLIN, "answer")) return {0, why_};
        continue;
      }
      if (got == 0) break;
      answer.append(chunk, static_cast<std::size_t>(got));
      if (answer.size() > kMostHeader) break;
      const auto header_end = answer.find("\r\n\r\n");
      if (complete == std::string::npos && header_end != std::string::npos) {
        const auto length = content_length(std::string_view(answer).substr(0, header_end + 2));
        if (length != std::string::npos) complete = header_end + 4 + std::min(length, kMostHeader);
      }
    }
    PostResult result;
    const auto space = answer.find(' ');
    if (!answer.starts_with("HTTP/1.") || space == std::string::npos) return {0, "answer: not HTTP"};
    std::from_chars(answer.data() + space + 1, answer.data() + answer.size(), result.status);
    return result;
  }

  const StopEvent& stop_;
  const std::chrono::milliseconds timeout_;
  int fd_ = -1;
  std::string why_;
};

}  // namespace

PostResult post(const std::string& ip, std::uint16_t port, const std::string& path, std::string_view json,
                const StopEvent& stop, std::chrono::milliseconds read_timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(ip.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) return {0, fmt::format("{}: {}", ip, gai_strerror(failure))};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> address(found, freeaddrinfo);

  // cpp-httplib keeps its header fields sorted.
  const std::string header = fmt::format(
      "POST {} HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\nContent-Length: {}\r\n"
      "Content-Type: application/json\r\nHost: {}:{}\r\nUser-Agent: cpp-httplib/0.12.0\r\n\r\n",
      path, json.size(), ip, port);
  return Exchange(stop, read_timeout).run(*address, header, json);
}

}  // namespace stream::sim
