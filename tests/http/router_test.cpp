#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <stdexcept>

#include "stream/common/eventually.hpp"
#include "stream/http/server.hpp"
#include "stream/test/tcp_client.hpp"

namespace stream::http {
namespace {

using test::http_request;

Router::Route says(std::string text) {
  return [text = std::move(text)](const Request&) { return Response{200, text, "text/plain", {}}; };
}

// Routes are added, then start().
class RouterTest : public testing::Test {
 protected:
  void start() {
    auto started = Server::start({}, router, metrics, "test");
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }

  Metrics metrics;
  Router router{2, 1, 100};
  std::unique_ptr<Server> server;
};

TEST_F(RouterTest, TheLongestMatchWins) {
  router.add("GET", "/", says("root"));
  router.add("GET", "/a/", says("below a"));
  router.add("GET", "/a/b", says("exactly b"));
  start();
  EXPECT_EQ(http_request(server->port(), "GET", "/x").body, "root");
  EXPECT_EQ(http_request(server->port(), "GET", "/a").body, "root");
  EXPECT_EQ(http_request(server->port(), "GET", "/a/").body, "below a");
  EXPECT_EQ(http_request(server->port(), "GET", "/a/x/y?q=/a/b").body, "below a");
  EXPECT_EQ(http_request(server->port(), "GET", "/a/b").body, "exactly b");
  EXPECT_EQ(http_request(server->port(), "GET", "/a/b/c").body, "below a");
}

TEST_F(RouterTest, NamesInAPathAreHandedOverDecoded) {
  const auto values = [](const Request& request) {
    std::string text;
    for (const std::string& value : request.path_values) text += value + ";";
    return Response{200, text, "text/plain", {}};
  };
  router.add("GET", "/tasks/{id}", values);
  router.add("GET", "/tasks/{id}/events/{n}.jpg", values);
  router.add("GET", "/tasks/none", says("without names"));
  router.add("GET", "/tasks/", says("below"));
  start();
  EXPECT_EQ(http_request(server->port(), "GET", "/tasks/a%2Fb%20c?x=/y").body, "a/b c;");
  EXPECT_EQ(http_request(server->port(), "GET", "/tasks/a/events/12.jpg").body, "a;12;");
  EXPECT_EQ(http_request(server->port(), "GET", "/tasks/none").body, "without names");
  for (const char* other : {"/tasks/", "/tasks/a/", "/tasks/a/events/.jpg", "/tasks/a/events/1.png",
                            "/tasks//events/1.jpg", "/tasks/a/b"}) {
    EXPECT_EQ(http_request(server->port(), "GET", other).body, "below") << other;
  }
  EXPECT_EQ(http_request(server->port(), "GET", "/task/a").status, 404);
  EXPECT_EQ(http_request(server->port(), "GET", "/tasks/%zz").status, 400);
  EXPECT_EQ(http_request(server->port(), "DELETE", "/tasks/a").headers.at("allow"), "GET, HEAD, OPTIONS");
}

TEST_F(RouterTest, TellsItsRoutes) {
  router.add("PUT", "/b/{x}", says(""));
  router.add("GET", "/b/{x}", says(""));
  router.add("GET", "/a", says(""));
  std::vector<std::string> told;
  for (const auto& [method, path] : router.routes()) told.push_back(method + " " + path);
  EXPECT_THAT(told, testing::ElementsAre("GET /a", "GET /b/{x}", "PUT /b/{x}"));
}

TEST_F(RouterTest, ErrorsAreProblems) {
  router.add("GET", "/a", says("get"));
  start();
  const auto unknown = http_request(server->port(), "GET", "/b");
  EXPECT_EQ(unknown.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(unknown.body,
            R"({"detail":"no such path","status":404,"title":"Not Found","type":"about:blank"})");
  EXPECT_THAT(http_request(server->port(), "PUT", "/a").body,
              testing::HasSubstr(
                  R"("errors":[{"expected":"GET, HEAD, OPTIONS","found":"the method PUT","where":""}])"));
  EXPECT_THAT(http_request(server->port(), "GET", "/a", std::string(101, 'x')).body,
              testing::HasSubstr(R"("title":"Payload Too Large")"));
}

TEST_F(RouterTest, UnknownPathIs404AndUnknownMethod405) {
  router.add("GET", "/a", says("get"));
  router.add("POST", "/a", says("post"));
  start();
  EXPECT_EQ(http_request(server->port(), "GET", "/b").status, 404);
  EXPECT_EQ(http_request(server->port(), "GET", "*").status, 404);
  const auto refused = http_request(server->port(), "PUT", "/a");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.at("allow"), "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(http_request(server->port(), "POST", "/a").body, "post");
}

TEST_F(RouterTest, HeadIsAnsweredAsGetWithoutTheBody) {
  router.add("GET", "/a/{n}", [](const Request& r) {
    return Response{200, "body of " + r.path_values.at(0), "text/plain", {{"X", "y"}}};
  });
  router.add("POST", "/b", says("post"));
  start();
  stream::test::TcpClient client(server->port());
  client.send("HEAD /a/1 HTTP/1.1\r\n\r\nGET /a/2 HTTP/1.1\r\n\r\n");
  const auto head = client.read_answer(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "9");
  EXPECT_EQ(head.headers.at("x"), "y");
  EXPECT_EQ(client.read_answer().body, "body of 2") << "nothing stood between the two";
  const auto refused = http_request(server->port(), "HEAD", "/b");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.at("allow"), "OPTIONS, POST");
}

TEST_F(RouterTest, OptionsSayWhatIsAllowed) {
  router.add("GET", "/a", says("get"));
  start();
  const auto answer = http_request(server->port(), "OPTIONS", "/a");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(http_request(server->port(), "OPTIONS", "/b").status, 404);
}

TEST_F(RouterTest, BodyOverTheLimitIs413) {
  router.add("POST", "/a", [](const Request& r) {
    return Response{200, std::string(r.body), "text/plain", {}};
  });
  start();
  EXPECT_EQ(http_request(server->port(), "POST", "/a", std::string(100, 'x')).body, std::string(100, 'x'));
  EXPECT_EQ(http_request(server->port(), "POST", "/a", std::string(101, 'x')).status, 413);
}

TEST_F(RouterTest, ExceptionOfARouteIs500) {
  router.add("GET", "/a", [](const Request&) -> Response { throw std::runtime_error("on purpose"); });
  start();
  EXPECT_EQ(http_request(server->port(), "GET", "/a").status, 500);
}

TEST_F(RouterTest, WhatDoesNotFitIntoTheQueueIs503) {
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0;
  bool go_on = false;
  router.add("GET", "/wait", [&](const Request&) {
    std::unique_lock lock(mutex);
    ++running;
    changed.wait(lock, [&] { return go_on; });
    return Response{};
  });
  start();
  // Two run on the two threads, one waits in the queue of one, the fourth has no place.
  std::vector<test::TcpClient> clients;
  const auto send_one = [&] { clients.emplace_back(server->port()).send("GET /wait HTTP/1.1\r\n\r\n"); };
  const auto run = [&](int count) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return running == count;
    });
  };
  send_one();
  ASSERT_TRUE(run(1));
  send_one();
  ASSERT_TRUE(run(2));
  send_one();
  send_one();
  const auto requests = metrics.counter("stream_http_requests_total", "", {{"server", "test"}});
  ASSERT_TRUE(eventually([&] { return requests.value() == 4; }));
  // The I/O thread answers this one, so it is through with the four.
  EXPECT_EQ(http_request(server->port(), "GET", "/elsewhere").status, 404);
  {
    const std::lock_guard lock(mutex);
    go_on = true;
  }
  changed.notify_all();
  std::vector<int> answers;
  for (auto& client : clients) answers.push_back(client.read_answer().status);
  EXPECT_THAT(answers, testing::UnorderedElementsAre(200, 200, 200, 503));
}

}  // namespace
}  // namespace stream::http
