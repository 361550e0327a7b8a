#include "stream/test/tcp_client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace stream::test {
namespace {

constexpr std::chrono::milliseconds kPatience{10000};

bool readable(int fd, std::chrono::milliseconds limit) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(limit.count())) == 1;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

template <class Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

TcpClient::TcpClient(std::uint16_t port, int receive_buffer_bytes) {
  connect("127.0.0.1", port, receive_buffer_bytes);
}

TcpClient::TcpClient(const std::string& address) {
  const auto colon = address.rfind(':');
  connect(address.substr(0, colon), number<std::uint16_t>(std::string_view(address).substr(colon + 1)), 0);
}

void TcpClient::connect(const std::string& host, std::uint16_t port, int receive_buffer_bytes) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  const timeval limit{10, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
      ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(std::exchange(fd_, -1));
  }
}

TcpClient::~TcpClient() {
  if (fd_ >= 0) ::close(fd_);
}

TcpClient::TcpClient(TcpClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}

bool TcpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void TcpClient::finish_sending() {
  ::shutdown(fd_, SHUT_WR);
}

bool TcpClient::receive_more() {
  std::array<char, 65536> buffer;
  if (!readable(fd_, kPatience)) return false;
  const auto received = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (received <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(received));
  return true;
}

HttpAnswer TcpClient::read_answer(bool head_only) {
  std::size_t head_end = 0;
  while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more()) return {};
  }
  HttpAnswer answer;
  const std::string_view head(received_.data(), head_end);
  answer.status = number<int>(head.substr(std::min(head.size(), head.find(' ') + 1)));
  for (auto line = head.find("\r\n"); line != std::string_view::npos;) {
    const auto next = head.find("\r\n", line + 2);
    const auto text = head.substr(line + 2, next == std::string_view::npos ? next : next - line - 2);
    const auto colon = text.find(": ");
    answer.headers[lower(text.substr(0, colon))] = text.substr(colon + 2);
    line = next;
  }
  received_.erase(0, head_end + 4);
  const auto length = head_only ? 0 : number<std::size_t>(answer.headers["content-length"]);
  while (received_.size() < length) {
    if (!receive_more()) return {};
  }
  answer.body = received_.substr(0, length);
  received_.erase(0, length);
  return answer;
}

bool TcpClient::closed_within(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::array<char, 65536> buffer;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !readable(fd_, left)) return false;
    if (::recv(fd_, buffer.data(), buffer.size(), 0) <= 0) return true;
  }
}

HttpAnswer http_request(const std::string& address, std::string_view method, std::string_view path,
                        std::string_view body) {
  TcpClient client(address);
  if (!client.connected()) return {};
  client.send(fmt::format("{} {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                          method, path, body.size()));
  client.send(body);
  return client.read_answer(method == "HEAD");
}

HttpAnswer http_request(std::uint16_t port, std::string_view method, std::string_view path,
                        std::string_view body) {
  return http_request(fmt::format("127.0.0.1:{}", port), method, path, body);
}

}  // namespace stream::test
