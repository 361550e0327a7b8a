#include "proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

namespace stream::faults {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMostHeld = 1U << 20;  // bytes read ahead of a slow peer, each way
constexpr milliseconds kTick{2};
constexpr milliseconds kDripEvery{10};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void close_socket(int fd, bool reset) {
  if (reset) {
    const linger at_once{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  ::close(fd);
}

// One direction: what was read and may not be written yet.
struct Pipe {
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  std::deque<Piece> pieces;
  std::size_t held = 0;
  bool ended = false;  // the source said so
  bool told = false;   // and so did we
  Clock::time_point next_drip{};

  // False: the source is broken.
  bool fill(int from, milliseconds delay) {
    std::array<char, 65536> memory;
    while (!ended && held < kMostHeld) {
      const ssize_t got = ::recv(from, memory.data(), memory.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
      if (got <= 0) {
        ended = true;
        return got == 0;
      }
      pieces.push_back({Clock::now() + delay, std::string(memory.data(), static_cast<std::size_t>(got))});
      held += static_cast<std::size_t>(got);
    }
    return true;
  }

  bool wants_more() const { return !ended && held < kMostHeld; }

  // At most `most` bytes; false: the sink is broken.
  bool drain(int to, std::size_t most) {
    const auto now = Clock::now();
    while (most > 0 && !pieces.empty() && pieces.front().due <= now) {
      std::string& bytes = pieces.front().bytes;
      const ssize_t sent =
          ::send(to, bytes.data(), std::min(most, bytes.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOTCONN;
      held -= static_cast<std::size_t>(sent);
      most -= static_cast<std::size_t>(sent);
      bytes.erase(0, static_cast<std::size_t>(sent));
      if (bytes.empty()) pieces.pop_front();
    }
    if (ended && pieces.empty() && !told) {
      told = true;
      ::shutdown(to, SHUT_WR);
    }
    return true;
  }

  bool over() const { return told; }
};

}  // namespace

struct FaultProxy::Link {
  int client = -1, server = -1;
  Pipe up, down;  // client to server; server to client
};

FaultProxy::FaultProxy(std::uint16_t target) : target_(target) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, length) != 0 || ::listen(listener_, 1024) != 0 ||
      ::getsockname(listener_, any, &length) != 0) {
    throw std::runtime_error("the fault proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

FaultProxy::~FaultProxy() {
  over_ = true;
  thread_.join();
  close_all(false);
  ::close(listener_);
}

void FaultProxy::set(Mode mode, milliseconds delay) {
  delay_ms_ = delay.count();
  mode_ = mode;
}

void FaultProxy::run() {
  std::vector<pollfd> waits;
  while (!over_) {
    waits.assign(1, {listener_, POLLIN, 0});
    for (const Link& link : links_) {
      waits.push_back({link.up.wants_more() ? link.client : -1, POLLIN, 0});
      waits.push_back({link.down.wants_more() ? link.server : -1, POLLIN, 0});
    }
    ::poll(waits.data(), waits.size(), static_cast<int>(kTick.count()));
    apply_mode();
    accept();
    links_.remove_if([this](Link& link) {
      const Mode mode = mode_ == Mode::kReset ? Mode::kPass : mode_.load();
      if (move(link, mode)) return false;
      close_socket(link.client, true);
      close_socket(link.server, true);
      return true;
    });
  }
}

void FaultProxy::apply_mode() {
  const Mode mode = mode_;
  const bool changed = mode != seen_mode_;
  seen_mode_ = mode;
  if (mode == Mode::kRefuse || (changed && mode == Mode::kReset)) close_all(true);
}

void FaultProxy::accept() {
  if (mode_ == Mode::kBlackHole) return;  // the kernel takes them; they wait
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    ++accepted_;
    if (mode_ == Mode::kRefuse) {
      close_socket(client, true);
      continue;
    }
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(target_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      close_socket(server, false);
      close_socket(client, true);
      continue;
    }
    const int on = 1;
    ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    links_.push_back({client, server, {}, {}});
  }
}

bool FaultProxy::move(Link& link, Mode mode) {
  const milliseconds delay(mode == Mode::kDelay ? delay_ms_.load() : 0);
  const bool up_broken = !link.up.fill(link.client, delay);
  const bool down_broken = !link.down.fill(link.server, delay);
  if (mode == Mode::kBlackHole) return true;
  if (mode == Mode::kHalfOpen) {
    link.up.drain(link.server, kMostHeld);
    return true;
  }
  if (up_broken || down_broken) return false;
  std::size_t most = kMostHeld;
  if (mode == Mode::kDrip) {
    const auto now = Clock::now();
    most = now >= link.up.next_drip ? 1 : 0;
    if (most == 1) link.up.next_drip = now + kDripEvery;
  }
  if (!link.up.drain(link.server, most) || !link.down.drain(link.client, most)) return false;
  return !(link.up.over() && link.down.over());
}

void FaultProxy::close_all(bool reset) {
  for (const Link& link : links_) {
    close_socket(link.client, reset);
    close_socket(link.server, reset);
  }
  links_.clear();
}

}  // namespace stream::faults
