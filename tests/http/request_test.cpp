// What is sent and what comes back, request by request.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "echo_server.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::http {
namespace {

using test::http_request;
using test::HttpAnswer;
using test::TcpClient;

HttpAnswer send_and_read(EchoServer& server, std::string_view bytes) {
  TcpClient client(server.port());
  client.send(bytes);
  return client.read_answer();
}

TEST(Request, BodyComesBackWithItsLength) {
  EchoServer server;
  const auto answer = http_request(server.port(), "POST", "/echo?a=1&b=2", "hello");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.headers.at("content-length"), "5");
  EXPECT_EQ(answer.headers.at("x-query"), "a=1&b=2");
  EXPECT_EQ(answer.headers.at("connection"), "close");
}

TEST(Request, LargeBodyArrivesWholeInTheHandlersMemory) {
  EchoServer server;
  std::string body(3'000'001, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  const auto answer = http_request(server.port(), "POST", "/buffer", body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body == body);
}

TEST(Request, ByteByByteIsUnderstood) {
  EchoServer server;
  TcpClient client(server.port());
  for (const char byte : std::string_view("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")) {
    ASSERT_TRUE(client.send({&byte, 1}));
  }
  EXPECT_EQ(client.read_answer().body, "abc");
}

TEST(Request, PipelinedOnesAreAnsweredInOrder) {
  EchoServer server;
  TcpClient client(server.port());
  std::string all;
  constexpr int kRequests = 500;
  for (int i = 0; i < kRequests; ++i) {
    all += fmt::format("POST {} HTTP/1.1\r\nContent-Length: 4\r\n\r\n{:04}", i % 2 == 0 ? "/echo" : "/buffer",
                       i);
  }
  client.send(all);
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(client.read_answer().body, fmt::format("{:04}", i));
}

TEST(Request, ConnectionIsKeptAsTheVersionAndTheHeaderSay) {
  EchoServer server;
  for (const auto& [head, kept] : {std::pair{"GET /echo HTTP/1.1\r\n\r\n", true},
                                   std::pair{"GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n", false},
                                   std::pair{"GET /echo HTTP/1.0\r\n\r\n", false},
                                   std::pair{"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true}}) {
    TcpClient client(server.port());
    client.send(head);
    EXPECT_EQ(client.read_answer().headers["connection"], kept ? "keep-alive" : "close") << head;
    client.send("GET /echo HTTP/1.1\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, kept ? 200 : 0) << head;
  }
}

TEST(Request, AnswerToHeadHasTheLengthAndNoBody) {
  EchoServer server;
  TcpClient client(server.port());
  client.send("HEAD /big HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_answer(true).headers["content-length"], "1000000");
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(Request, ChunkedBodyIsPutTogether) {
  EchoServer server;
  TcpClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  client.send("6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\nGET /echo HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "hello world");
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(Request, ExpectContinueIsAnsweredBeforeTheBody) {
  EchoServer server;
  TcpClient client(server.port());
  client.send("POST /buffer HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("ok");
  EXPECT_EQ(client.read_answer().body, "ok");
}

TEST(Request, ExpectContinueOfARefusedRequestGetsTheRefusal) {
  EchoServer server;
  EXPECT_EQ(
      send_and_read(server, "POST /refused HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
          .status,
      404);
}

TEST(Request, PeerThatHasFinishedSendingStillGetsItsAnswer) {
  EchoServer server;
  TcpClient client(server.port());
  client.send("POST /thread HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
  client.finish_sending();
  EXPECT_EQ(client.read_answer().body, "from elsewhere");
}

TEST(Request, MalformedOnesAreRefusedWithAReason) {
  const std::string huge_header = "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
  const std::string endless_header = "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x');
  const std::string endless_chunk =
      "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(20'000, 'x');
  const std::vector<std::pair<std::string, int>> cases = {
      {"\x16\x03\x01\x02\x01\x01 this is TLS\r\n\r\n", 400},
      {"GET /echo HTTP/9.9\r\n\r\n", 400},
      {"GET /echo HTTP/1.1\r\nbad name: 1\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nContent-Length: five\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
      {"POST /echo HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"POST /echo HTTP/1.1\r\nExpect: a miracle\r\nContent-Length: 1\r\n\r\n", 417},
      {"POST /echo HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", 413},
      {"POST /echo HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", 413},
      {"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'x'), 413},
      {"POST /buffer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 411},
      {"POST /buffer HTTP/1.1\r\n\r\n", 411},
      {huge_header, 431},
      {endless_header, 431},
      {endless_chunk, 400},
  };
  EchoServer server;
  for (const auto& [bytes, status] : cases) {
    const auto answer = send_and_read(server, bytes);
    EXPECT_EQ(answer.status, status) << bytes.substr(0, 120);
    EXPECT_NE(answer.body.find(R"("detail")"), std::string::npos) << bytes.substr(0, 120);
  }
  EXPECT_EQ(server.counter("stream_http_requests_refused_total"), static_cast<double>(cases.size()));
}

TEST(Request, RepeatedEqualContentLengthCountsOnce) {
  EchoServer server;
  EXPECT_EQ(
      send_and_read(server, "POST /echo HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab").body,
      "ab");
}

TEST(Request, RefusalWithoutABodyKeepsTheConnection) {
  EchoServer server;
  TcpClient client(server.port());
  client.send("GET /refused HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 404);
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(Request, RefusalReachesAPeerThatIsStillSending) {
  EchoServer server;
  TcpClient client(server.port());
  const std::string body(8'000'000, 'x');
  client.send(fmt::format("POST /refused HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.size()));
  EXPECT_TRUE(client.send(body)) << "the server takes it, to throw it away";
  EXPECT_EQ(client.read_answer().status, 404);
}

TEST(Request, ExceptionsAnswer500AndTheServerGoesOn) {
  EchoServer server;
  EXPECT_EQ(http_request(server.port(), "POST", "/throws", "x").status, 500);
  EXPECT_EQ(http_request(server.port(), "POST", "/throws-early", "x").status, 500);
  EXPECT_EQ(http_request(server.port(), "POST", "/echo", "x").status, 200);
  EXPECT_EQ(server.counter("stream_http_handler_errors_total"), 2);
}

TEST(Request, DroppedWithoutAnAnswerGets500) {
  EchoServer server;
  EXPECT_EQ(http_request(server.port(), "POST", "/silent", "x").status, 500);
}

TEST(Request, OnlyTheFirstAnswerCounts) {
  EchoServer server;
  TcpClient client(server.port());
  client.send("GET /kept HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\n\r\n");
  Respond respond;
  while (!respond) {
    const std::lock_guard lock(server.handler.mutex);
    if (!server.handler.kept.empty()) respond = server.handler.kept.front();
  }
  respond({201, "first", "text/plain", {}});
  respond({202, "second", "text/plain", {}});
  EXPECT_EQ(client.read_answer().body, "first");
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(Request, AnswerAfterTheServersEndIsHarmless) {
  auto handler = std::make_unique<EchoHandler>();
  Metrics metrics;
  auto server = Server::start({}, *handler, metrics, "test");
  ASSERT_TRUE(server);
  TcpClient client((*server)->port());
  client.send("GET /kept HTTP/1.1\r\n\r\n");
  const auto arrived = [&] {
    const std::lock_guard lock(handler->mutex);
    return !handler->kept.empty();
  };
  while (!arrived()) std::this_thread::yield();
  server->reset();
  EXPECT_TRUE(client.closed_within(std::chrono::seconds(5)));
  handler->kept.front()({200, "too late", "text/plain", {}});
}

}  // namespace
}  // namespace stream::http
