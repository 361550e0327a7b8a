#include "stream/http/admin.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <charconv>
#include <future>

#include "stream/test/tcp_client.hpp"

namespace stream::http {
namespace {

using test::http_request;

std::uint16_t port_of(const std::string& address) {
  std::uint16_t port = 0;
  const auto digits = address.substr(address.rfind(':') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

TEST(Admin, ShowsMetricsHealthAndReadiness) {
  Metrics metrics;
  metrics.counter("stream_test_things_total", "things").add(7);
  std::atomic<bool> ready = false;
  auto admin =
      AdminServer::start("127.0.0.1:0", metrics, [&] { return ready ? "" : "the bus cannot be reached"; });
  ASSERT_TRUE(admin) << admin.error().message;
  const auto port = port_of((*admin)->address());

  const auto shown = http_request(port, "GET", "/metrics");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.headers.at("content-type"), "text/plain; version=0.0.4");
  EXPECT_NE(shown.body.find("stream_test_things_total 7"), std::string::npos) << shown.body;
  EXPECT_EQ(http_request(port, "GET", "/healthz").status, 200);
  const auto not_ready = http_request(port, "GET", "/readyz");
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_EQ(not_ready.body, "the bus cannot be reached\n");
  ready = true;
  EXPECT_EQ(http_request(port, "GET", "/readyz").status, 200);
  EXPECT_EQ(http_request(port, "GET", "/").status, 404);
}

TEST(Admin, SlowRoutesDoNotHoldUpTheOthers) {
  Metrics metrics;
  std::promise<void> release;
  const auto released = release.get_future().share();
  AdminRoutes more;
  more.slow = 2;
  more.add = [released](Router& router) {
    router.add("GET", "/slow", [released](const Request&) {
      released.wait();
      return Response{200, "done", "text/plain", {}};
    });
  };
  auto admin = AdminServer::start(
                   "127.0.0.1:0", metrics, [] { return ""; }, more)
                   .value();
  const auto port = port_of(admin->address());
  std::array<test::TcpClient, 2> slow{test::TcpClient(port), test::TcpClient(port)};
  for (auto& client : slow) ASSERT_TRUE(client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));

  EXPECT_EQ(http_request(port, "GET", "/metrics").status, 200);
  EXPECT_EQ(http_request(port, "GET", "/healthz").status, 200);
  release.set_value();
  for (auto& client : slow) EXPECT_EQ(client.read_answer().body, "done");
}

TEST(Admin, AddressThatCannotBeUsedNamesTheKey) {
  Metrics metrics;
  const auto admin = AdminServer::start("nowhere", metrics, [] { return ""; });
  ASSERT_FALSE(admin);
  EXPECT_EQ(admin.error().message,
            "admin_listen: nowhere: expected a numeric address and a port, e.g. 127.0.0.1:8001");
}

}  // namespace
}  // namespace stream::http
