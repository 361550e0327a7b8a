#include "stream/http/server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "answer_gate.hpp"
#include "listener.hpp"
#include "session.hpp"
#include "stream/common/log.hpp"
#include "stream/common/rate_limit.hpp"

namespace stream::http {
namespace {

namespace asio = boost::asio;
using error_code = boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr int kAcceptsInTurn = 64;
// After running out of descriptors: connections wait in the kernel meanwhile.
constexpr std::chrono::milliseconds kAcceptPause{100};

// One I/O thread runs everything here but the constructor and the destructor.
class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, Handler& handler, Metrics& metrics, const std::string& name,
             const Listener& listener)
      : address_(listener.address),
        port_(listener.port),
        state_(options, handler, metrics, name),
        gate_(std::make_shared<AnswerGate>(io_)),
        listener_(io_, listener.fd),
        accept_pause_(io_),
        sweep_timer_(io_),
        sweep_every_(std::clamp<Clock::duration>(std::min(options.header_deadline, options.idle_deadline) / 8,
                                                 std::chrono::milliseconds(10),
                                                 std::chrono::milliseconds(250))),
        thread_([this] { io_.run(); }) {
    gate_->set_io_thread(thread_.get_id());
    asio::post(io_, [this] { wait_for_connections(); });
  }

  ~AsioServer() override {
    gate_->shut();
    asio::post(io_, [this] {
      error_code ignored;
      listener_.close(ignored);
      accept_pause_.cancel();
      sweep_timer_.cancel();
      while (!state_.sessions.empty()) state_.sessions.front().close();
      work_.reset();  // run() returns when the cancelled waits are through
    });
    thread_.join();
  }

  std::uint16_t port() const override { return port_; }
  std::string address() const override { return address_; }

 private:
  void wait_for_connections() {
    listener_.async_wait(asio::posix::descriptor_base::wait_read, [this](const error_code& ec) {
      if (!ec) accept();
    });
  }

  void accept() {
    for (int i = 0; i < kAcceptsInTurn; ++i) {
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      const int fd = ::accept4(listener_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        open(fd, peer);
        continue;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        const int reason = errno;
        if (!make_room()) return pause_accepting(reason);
      }
      // Anything else concerns that one connection, which is gone.
    }
    wait_for_connections();
  }

  void open(int fd, const sockaddr_storage& peer) {
    if (state_.open >= state_.options.max_connections && !make_room()) {
      state_.counters.connections_refused.add();
      ::close(fd);
      return;
    }
    state_.counters.connections.add();
    if (!sweeping_) sweep_later();
    try {
      Session::start(state_, io_, gate_, fd, address_text(peer));
    } catch (const boost::system::system_error&) {  // no room in the kernel's epoll set
      state_.counters.accept_errors.add();
      ::close(fd);
    }
  }

  // Closes the connection that has been idle for longest; false: there is none. The list is in order of
  // accepting.
  bool make_room() {
    const auto oldest = std::find_if(state_.sessions.begin(), state_.sessions.end(),
                                     [](const Session& session) { return session.idle(); });
    if (oldest == state_.sessions.end()) return false;
    state_.counters.connections_displaced.add();
    oldest->close();
    return true;
  }

  void pause_accepting(int reason) {
    state_.counters.accept_errors.add();
    if (const auto held_back = accept_log_.admit(Clock::now())) {
      log::warn("http_accept_paused", {{"server", state_.name},
                                       {"reason", std::strerror(reason)},
                                       {"open", state_.open},
                                       {"not_logged", *held_back}});
    }
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const error_code& ec) {
      if (!ec) accept();
    });
  }

  // One timer for all deadlines, and none while nobody is connected.
  void sweep_later() {
    sweeping_ = true;
    next_sweep_ = Clock::now() + sweep_every_;
    sweep_timer_.expires_at(next_sweep_);
    sweep_timer_.async_wait([this](const error_code& ec) {
      if (!ec) sweep();
    });
  }

  void sweep() {
    const auto now = Clock::now();
    const auto held_up = now - next_sweep_;
    const bool was_held_up = held_up > 2 * sweep_every_;
    for (auto next = state_.sessions.begin(); next != state_.sessions.end();) {
      Session& session = *next++;  // check() may take it out of the list
      if (was_held_up) session.postpone(held_up);
      session.check(now);
    }
    sweeping_ = false;
    if (!state_.sessions.empty()) sweep_later();
  }

  const std::string address_;
  const std::uint16_t port_;

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  ServerState state_;
  const std::shared_ptr<AnswerGate> gate_;
  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> listener_;
  asio::steady_timer accept_pause_;
  asio::steady_timer sweep_timer_;
  const Clock::duration sweep_every_;
  Clock::time_point next_sweep_;
  bool sweeping_ = false;
  RateLimit accept_log_{std::chrono::seconds(10)};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler& handler,
                                              Metrics& metrics, const std::string& name) {
  auto listener = open_listener(options);
  if (!listener) return tl::unexpected(std::move(listener.error()));
  return std::make_unique<AsioServer>(options, handler, metrics, name, *listener);
}

}  // namespace stream::http
