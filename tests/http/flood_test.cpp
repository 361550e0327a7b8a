// Many connections at once.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "echo_server.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::http {
namespace {

using test::http_request;
using test::TcpClient;

TEST(Flood, BurstOf500ConnectionsLosesNone) {
  EchoServer server;
  std::vector<TcpClient> clients;
  for (int i = 0; i < 500; ++i) {
    clients.emplace_back(server.port());
    ASSERT_TRUE(clients.back().connected()) << i;
  }
  for (auto& client : clients) client.send("POST /buffer HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
  int answered = 0;
  for (auto& client : clients) answered += client.read_answer().body == "hello";
  EXPECT_EQ(answered, 500);
}

TEST(Flood, IdleConnectionsDoNotStopOthers) {
  EchoServer server;
  std::vector<TcpClient> idle;
  for (int i = 0; i < 400; ++i) idle.emplace_back(server.port()).send("POST /buffer HTTP/1.1\r\nContent-Le");
  for (int i = 0; i < 20; ++i) ASSERT_EQ(http_request(server.port(), "POST", "/echo", "x").status, 200);
}

// Takes all descriptors of the process while it exists.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit small = before_;
    small.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &small);
    for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::open("/dev/null", O_RDONLY))
      taken_.push_back(fd);
  }
  ~NoDescriptorsLeft() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  void give_back_one() {
    ::close(taken_.back());
    taken_.pop_back();
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(Flood, WithoutDescriptorsItWaitsAndThenGoesOn) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan itself needs descriptors to look at objects";
#endif
  EchoServer server;
  {
    NoDescriptorsLeft none;
    none.give_back_one();
    TcpClient waiting(server.port());  // takes that one; the server has none for its end
    ASSERT_TRUE(waiting.connected());
    waiting.send("GET /echo HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return server.counter("stream_http_accept_errors_total") >= 1; }));
    none.give_back_one();
    EXPECT_EQ(waiting.read_answer().status, 200);
  }
  EXPECT_EQ(http_request(server.port(), "GET", "/echo").status, 200);
}

}  // namespace
}  // namespace stream::http
