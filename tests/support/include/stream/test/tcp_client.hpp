// A TCP connection that sends exactly the bytes a test wants, for speaking HTTP rightly and wrongly.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace stream::test {

struct HttpAnswer {
  int status = 0;                              // 0: the connection ended without an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// Blocking, with a limit on every wait. Confined to one thread.
class TcpClient {
 public:
  // To 127.0.0.1. `receive_buffer_bytes`: a small one makes a slow reader; 0 = the system's.
  explicit TcpClient(std::uint16_t port, int receive_buffer_bytes = 0);
  // To host:port, where host is an IPv4 address.
  explicit TcpClient(const std::string& address);
  ~TcpClient();
  TcpClient(TcpClient&& other) noexcept;
  TcpClient& operator=(TcpClient&&) = delete;
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  // False: the peer does not take it any more.
  bool send(std::string_view bytes);
  // No more will be sent; answers can still come.
  void finish_sending();
  // One HTTP answer with Content-Length (of a HEAD: without the body).
  HttpAnswer read_answer(bool head_only = false);
  // The peer closed or reset the connection within `limit`, everything before that is thrown away.
  bool closed_within(std::chrono::milliseconds limit);

 private:
  void connect(const std::string& host, std::uint16_t port, int receive_buffer_bytes);
  // Adds to received_; false: the end, an error or ten seconds without anything.
  bool receive_more();

  int fd_ = -1;
  std::string received_;
};

// One request on a connection of its own, to 127.0.0.1 or to host:port.
HttpAnswer http_request(std::uint16_t port, std::string_view method, std::string_view path,
                        std::string_view body = {});
HttpAnswer http_request(const std::string& address, std::string_view method, std::string_view path,
                        std::string_view body = {});

}  // namespace stream::test
