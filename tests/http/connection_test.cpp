// Peers that are slow, idle or gone, and a server that has to start and stop.
#include <gtest/gtest.h>

#include "echo_server.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::http_request;
using test::TcpClient;

TEST(Connection, WithoutAHeaderIsClosedAtTheDeadline) {
  EchoServer server(quick_options());
  TcpClient silent(server.port());
  TcpClient slow(server.port());
  slow.send("GET /echo HTTP/1.1\r\nX-Never: end");
  EXPECT_TRUE(silent.closed_within(seconds(5)));
  EXPECT_TRUE(slow.closed_within(seconds(5)));
  EXPECT_EQ(server.timeouts("header"), 2);
}

TEST(Connection, DrippingAHeaderDoesNotExtendItsDeadline) {
  EchoServer server(quick_options());
  TcpClient client(server.port());
  client.send("GET /echo HTTP/1.1\r\nX-Slow: ");
  const auto start = std::chrono::steady_clock::now();
  while (!client.closed_within(milliseconds(20))) {
    client.send("x");
    ASSERT_LT(std::chrono::steady_clock::now() - start, seconds(5));
  }
  EXPECT_EQ(server.timeouts("header"), 1);
}

TEST(Connection, KeptWithoutAFurtherRequestIsClosedAsIdle) {
  EchoServer server(quick_options());
  TcpClient client(server.port());
  client.send("GET /echo HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_TRUE(client.closed_within(seconds(5)));
  EXPECT_EQ(server.timeouts("next_request"), 1);
  EXPECT_EQ(server.timeouts("header"), 0);
}

TEST(Connection, BodyBelowTheMinimumRateIsCutOff) {
  EchoServer server;
  TcpClient client(server.port());
  client.send("POST /buffer HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
  while (!client.closed_within(milliseconds(50))) client.send("x");
  EXPECT_EQ(server.timeouts("body"), 1);
}

TEST(Connection, BodyAboveTheMinimumRateIsTakenHoweverLongItLasts) {
  ServerOptions options;
  options.minimum_body_rate = 1000;
  EchoServer server(options);
  TcpClient client(server.port());
  // Four seconds at five times the rate, all of it below the low-water mark the server sleeps on.
  const std::string piece(250, 'x');
  client.send("POST /buffer HTTP/1.1\r\nContent-Length: 20000\r\n\r\n");
  for (int i = 0; i < 80; ++i) {
    ASSERT_FALSE(client.closed_within(milliseconds(50))) << "after " << i << " pieces";
    ASSERT_TRUE(client.send(piece));
  }
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(Connection, PeerThatDoesNotTakeItsAnswerIsCutOff) {
  ServerOptions options = quick_options();
  options.minimum_body_rate = 100'000'000;
  EchoServer server(options);
  TcpClient client(server.port(), 4096);
  for (int i = 0; i < 20; ++i) client.send("GET /big HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return server.timeouts("answer_taken") == 1; }));
}

TEST(Connection, PeerThatLeavesInTheMiddleOfABodyIsCounted) {
  EchoServer server;
  {
    TcpClient client(server.port());
    client.send("POST /buffer HTTP/1.1\r\nContent-Length: 1000\r\n\r\nabc");
  }
  EXPECT_TRUE(eventually([&] { return server.counter("stream_http_broken_total") == 1; }));
}

TEST(Connection, OverTheLimitTakesThePlaceOfTheLongestIdle) {
  ServerOptions options;
  options.max_connections = 2;
  EchoServer server(options);
  TcpClient busy(server.port());
  busy.send("POST /buffer HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel");
  TcpClient idle(server.port());
  const auto open = server.metrics.gauge("stream_http_open_connections", "", {{"server", "test"}});
  ASSERT_TRUE(eventually([&] { return open.value() == 2; }));
  EXPECT_EQ(http_request(server.port(), "GET", "/echo").status, 200);
  EXPECT_TRUE(idle.closed_within(seconds(5)));
  EXPECT_EQ(server.counter("stream_http_connections_displaced_total"), 1);
  busy.send("lo");
  EXPECT_EQ(busy.read_answer().body, "hello");
}

TEST(Connection, OverTheLimitIsClosedAtOnceWhenAllAreAtWorkAndRoomIsReused) {
  ServerOptions options;
  options.max_connections = 2;
  EchoServer server(options);
  const std::string half = "POST /buffer HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc";
  auto first = std::make_unique<TcpClient>(server.port());
  first->send(half);
  TcpClient second(server.port());
  second.send(half);
  ASSERT_TRUE(eventually([&] { return server.counter("stream_http_requests_total") == 2; }));
  const auto open = server.metrics.gauge("stream_http_open_connections", "", {{"server", "test"}});
  ASSERT_TRUE(eventually([&] { return open.value() == 2; }));
  TcpClient third(server.port());
  EXPECT_TRUE(third.closed_within(seconds(5)));
  EXPECT_EQ(server.counter("stream_http_connections_refused_total"), 1);
  first.reset();
  ASSERT_TRUE(eventually([&] { return open.value() == 1; }));
  EXPECT_EQ(http_request(server.port(), "GET", "/echo").status, 200);
}

TEST(Connection, StopClosesWhatIsOpen) {
  EchoServer server;
  TcpClient idle(server.port());
  TcpClient sending(server.port());
  sending.send("POST /buffer HTTP/1.1\r\nContent-Length: 1000\r\n\r\nabc");
  server.server.reset();
  EXPECT_TRUE(idle.closed_within(seconds(5)));
  EXPECT_TRUE(sending.closed_within(seconds(5)));
}

TEST(Listen, TakenPortSaysSo) {
  EchoServer server;
  EchoHandler handler;
  Metrics metrics;
  ServerOptions options;
  options.listen = server.server->address();
  const auto second = Server::start(options, handler, metrics, "test");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message, server.server->address() + ": Address already in use");
}

TEST(Listen, MalformedAddressesAreRefused) {
  EchoHandler handler;
  Metrics metrics;
  for (const char* listen : {"", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:65536", "127.0.0.1:-1",
                             "host:80", "::1:80", "[127.0.0.1]:80", "127.0.0.1:80 "}) {
    ServerOptions options;
    options.listen = listen;
    const auto server = Server::start(options, handler, metrics, "test");
    ASSERT_FALSE(server) << listen;
    EXPECT_EQ(server.error().code, ErrorCode::kInvalid) << listen;
  }
}

}  // namespace
}  // namespace stream::http
