#include "bad_receiver.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <stdexcept>

namespace stream::reporter::test {
namespace {

using namespace std::chrono_literals;

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

int bound_socket(std::uint16_t& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  require(::bind(socket, any, length) == 0, "bind");
  require(::getsockname(socket, any, &length) == 0, "getsockname");
  port = ntohs(address.sin_port);
  return socket;
}

std::string url_of(std::uint16_t port, const char* scheme = "http", const std::string& path = "/api/upload") {
  return fmt::format("{}://127.0.0.1:{}{}", scheme, port, path);
}

std::string header(const std::string& head, const std::string& name) {
  const auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto start = at + name.size() + 4;
  return head.substr(start, head.find("\r\n", start) - start);
}

}  // namespace

// ---- one connection

struct BadReceiver::Connection {
  int socket = -1;
  SSL* ssl = nullptr;
  std::string received;

  // 0 at the end or when the connection is broken.
  std::size_t read(char* memory, std::size_t size) {
    const auto got = ssl != nullptr ? SSL_read(ssl, memory, static_cast<int>(size))
                                    : static_cast<int>(::recv(socket, memory, size, 0));
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ssl != nullptr ? SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()))
                                       : static_cast<int>(::send(socket, bytes.data(), bytes.size(), 0));
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Closing will now send a reset.
  void reset() const {
    const linger at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
};

// ---- the receiver

BadReceiver::BadReceiver(Behaviour behaviour, const stream::test::Certificate* tls, OnPost on_post)
    : behaviour_(std::move(behaviour)), on_post_(std::move(on_post)) {
  std::signal(SIGPIPE, SIG_IGN);
  if (tls != nullptr) {
    tls_ = SSL_CTX_new(TLS_server_method());
    require(SSL_CTX_use_certificate_file(tls_, tls->certificate_file.c_str(), SSL_FILETYPE_PEM) == 1 &&
                SSL_CTX_use_PrivateKey_file(tls_, tls->key_file.c_str(), SSL_FILETYPE_PEM) == 1,
            "load the certificate");
  }
  listener_ = bound_socket(port_);
  require(::listen(listener_, 1024) == 0, "listen");
  acceptor_ = std::thread([this] { accept(); });
}

BadReceiver::~BadReceiver() {
  over_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    std::unique_lock lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    gone_.wait(lock, [this] { return sockets_.empty(); });
  }
  SSL_CTX_free(tls_);
}

std::string BadReceiver::url(const std::string& path) const {
  return url_of(port_, tls_ != nullptr ? "https" : "http", path);
}

std::vector<Post> BadReceiver::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

void BadReceiver::accept() {
  while (!over_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const std::size_t number = connections_++;
    const std::lock_guard lock(mutex_);
    sockets_.insert(socket);
    // Detached, because there may be many thousands; the destructor waits for their sockets to go.
    std::thread([this, number, socket] { serve(number, socket); }).detach();
  }
}

void BadReceiver::serve(std::size_t number, int socket) {
  const std::size_t at_once = ++at_once_;
  for (auto most = most_at_once_.load();
       at_once > most && !most_at_once_.compare_exchange_weak(most, at_once);) {
  }
  Connection connection;
  connection.socket = socket;
  bool ready = true;
  if (tls_ != nullptr) {
    connection.ssl = SSL_new(tls_);
    SSL_set_fd(connection.ssl, socket);
    ready = SSL_accept(connection.ssl) == 1;
  }
  if (ready) act(connection, behaviour_(number));
  if (connection.ssl != nullptr) SSL_shutdown(connection.ssl);
  SSL_free(connection.ssl);
  --at_once_;
  const std::lock_guard lock(mutex_);
  ::close(socket);
  sockets_.erase(socket);
  gone_.notify_all();
}

void BadReceiver::act(Connection& connection, const Reply& reply) {
  using Kind = Reply::Kind;
  if (reply.kind == Kind::kResetAtOnce) return connection.reset();
  if (reply.kind == Kind::kReadSlowly) {
    const int small = 4096;
    ::setsockopt(connection.socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    for (char byte = 0; pause() && connection.read(&byte, 1) == 1;) {
    }
    return;
  }
  if (!read_request(connection, reply)) return;
  const auto answer_at = std::chrono::steady_clock::now() + reply.delay;
  while (std::chrono::steady_clock::now() < answer_at && pause()) {
  }
  const auto head = [&](std::uint64_t length) {
    return fmt::format("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\n\r\n", reply.status, reply.header, length);
  };
  char byte = 0;
  switch (reply.kind) {
    case Kind::kAnswer:
      connection.write(head(reply.body.size()) + reply.body);
      break;
    case Kind::kResetAfter:
      connection.reset();
      break;
    case Kind::kHalfAnswer:
      connection.write(head(reply.body.size() + 100) + reply.body);
      connection.reset();
      break;
    case Kind::kSilent:
      connection.read(&byte, 1);
      break;
    case Kind::kDripHeader:
      for (connection.write("HTTP/1.1 200 X\r\nX-Drip: "); pause() && connection.write("x");) {
      }
      break;
    case Kind::kDripBody:
      for (connection.write("HTTP/1.1 200 X\r\n\r\n"); pause() && connection.write("x");) {
      }
      break;
    case Kind::kEndlessAnswer: {
      const std::string block(1 << 16, 'x');
      connection.write(head(std::uint64_t{2} << 30));
      while (!over_ && connection.write(block)) sent_bytes_ += block.size();
      break;
    }
    case Kind::kResetAtOnce:
    case Kind::kReadSlowly:
      break;  // done above
  }
}

bool BadReceiver::read_request(Connection& connection, const Reply& reply) {
  auto& text = connection.received;
  std::vector<char> memory(1 << 16);
  std::size_t end = std::string::npos;
  std::size_t length = 0;
  while (true) {
    if (end == std::string::npos) {
      end = text.find("\r\n\r\n");
      if (end != std::string::npos) length = std::stoul("0" + header(text, "Content-Length"));
    }
    if (end != std::string::npos && text.size() >= end + 4 + length) break;
    const auto got = connection.read(memory.data(), memory.size());
    if (got == 0) return false;
    text.append(memory.data(), got);
  }
  Post post;
  post.head = text.substr(0, end + 2);
  post.body = text.substr(end + 4);
  post.idempotency_key = header(post.head, "Idempotency-Key");
  post.attempt = static_cast<std::uint32_t>(std::stoul("0" + header(post.head, "X-Attempt")));
  if (on_post_) on_post_(post, reply);
  const std::lock_guard lock(mutex_);
  posts_.push_back(std::move(post));
  return true;
}

bool BadReceiver::pause() const {
  std::this_thread::sleep_for(5ms);
  return !over_;
}

// ---- ports without a receiver

RefusingPort::RefusingPort() : socket_(bound_socket(port_)) {}
RefusingPort::~RefusingPort() {
  ::close(socket_);
}
std::string RefusingPort::url() const {
  return url_of(port_);
}

BlackHole::BlackHole() : listener_(bound_socket(port_)) {
  require(::listen(listener_, 0) == 0, "listen");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  // The first ones are accepted by the kernel; when one is not, the queue is full.
  for (bool full = false; !full && fillers_.size() < 64;) {
    const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    fillers_.push_back(filler);
    static_cast<void>(::connect(filler, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
    pollfd connected{filler, POLLOUT, 0};
    full = ::poll(&connected, 1, 200) == 0;
  }
}
BlackHole::~BlackHole() {
  for (const int filler : fillers_) ::close(filler);
  ::close(listener_);
}
std::string BlackHole::url() const {
  return url_of(port_);
}

}  // namespace stream::reporter::test
