#include "listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace stream::http {
namespace {

namespace asio = boost::asio;

std::optional<asio::ip::tcp::endpoint> parse(std::string_view listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = listen.substr(0, colon);
  const std::string_view port_text = listen.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc() || end != port_text.data() + port_text.size()) return std::nullopt;
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(std::string(host), ec);
  if (ec || address.is_v6() != bracketed) return std::nullopt;
  return asio::ip::tcp::endpoint(address, port);
}

tl::unexpected<Error> refused(const std::string& listen, int fd) {
  const int reason = errno;
  if (fd >= 0) ::close(fd);
  return fail(ErrorCode::kUnavailable, "{}: {}", listen, std::strerror(reason));
}

bool set_option(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

}  // namespace

Result<Listener> open_listener(const ServerOptions& options) {
  const std::string& listen = options.listen;
  const auto endpoint = parse(listen);
  if (!endpoint) {
    return fail(ErrorCode::kInvalid, "{}: expected a numeric address and a port, e.g. 127.0.0.1:8001",
                listen);
  }
  const int fd = ::socket(endpoint->protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return refused(listen, fd);
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  // Accepted sockets inherit the following.
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // an answer never waits for an ACK
  if (options.receive_buffer_bytes > 0) {
    // Beyond net.core.rmem_max for the privileged, up to it for everybody else.
    if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, options.receive_buffer_bytes)) {
      set_option(fd, SOL_SOCKET, SO_RCVBUF, options.receive_buffer_bytes);
    }
  }
  if (::bind(fd, endpoint->data(), static_cast<socklen_t>(endpoint->size())) != 0 ||
      ::listen(fd, options.backlog) != 0) {
    return refused(listen, fd);
  }

  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return refused(listen, fd);
  Listener listener;
  listener.fd = fd;
  listener.address = address_text(bound);
  // The port is at the same place for both families.
  listener.port = ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
  return listener;
}

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return fmt::format("[{}]:{}", text.data(), ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  return fmt::format("{}:{}", text.data(), ntohs(v4.sin_port));
}

}  // namespace stream::http
