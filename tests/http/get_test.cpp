#include "stream/http/get.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "stream/http/server.hpp"

namespace stream::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

steady_clock::time_point in(milliseconds time) {
  return steady_clock::now() + time;
}

class Get : public ::testing::Test {
 protected:
  Get() {
    router_.add("GET", "/picture", [](const Request& request) {
      return Response{200, "bytes of " + request.query, "image/jpeg", {}};
    });
    router_.add("GET", "/moved", [](const Request&) {
      return Response{301, "", "text/plain", {{"Location", "/picture"}}};
    });
    router_.add("POST", "/echo", [](const Request& request) {
      return Response{200, fmt::format("{} {}", request.content_type, request.body), "text/plain", {}};
    });
    server_ = Server::start({}, router_, metrics_, "test").value();
  }

  Metrics metrics_;
  Router router_{1};
  std::unique_ptr<Server> server_;
};

TEST_F(Get, GivesStatusTypeAndBody) {
  const auto answer = get(server_->address(), "/picture?sub=3", in(milliseconds(5000)), 1000);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200U);
  EXPECT_EQ(answer->content_type, "image/jpeg");
  EXPECT_EQ(answer->body, "bytes of sub=3");
}

TEST_F(Get, PostCarriesABody) {
  const auto answer = post_json(server_->address(), "/echo", R"({"a":1})", in(milliseconds(5000)), 1000);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200U);
  EXPECT_EQ(answer->body, R"(application/json {"a":1})");
}

TEST_F(Get, AnyStatusIsAnAnswer) {
  EXPECT_EQ(get(server_->address(), "/nothing", in(milliseconds(5000)), 1000).value().status, 404U);
  EXPECT_EQ(get(server_->address(), "/moved", in(milliseconds(5000)), 1000).value().status, 301U);
}

TEST_F(Get, BodyOverTheLimitIsAnErrorThatHidesTheTarget) {
  const auto answer = get(server_->address(), "/picture?secret", in(milliseconds(5000)), 5);
  ASSERT_FALSE(answer) << answer->status << " " << answer->body;
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(answer.error().message.find("secret"), std::string::npos);
}

// A port that takes connections and answers with `bytes`, then nothing.
class MutePeer {
 public:
  explicit MutePeer(std::string bytes = {}) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&any), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(any.sin_port));
    if (!bytes.empty()) {
      thread_ = std::jthread([this, bytes = std::move(bytes)] {
        connection_ = accept(listener_, nullptr, nullptr);
        EXPECT_EQ(send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
      });
    }
  }
  ~MutePeer() {
    if (thread_.joinable()) thread_.join();
    if (connection_ >= 0) close(connection_);
    close(listener_);
  }
  MutePeer(const MutePeer&) = delete;
  MutePeer& operator=(const MutePeer&) = delete;

  const std::string& address() const { return address_; }

 private:
  int listener_ = -1;
  int connection_ = -1;
  std::string address_;
  std::jthread thread_;
};

TEST(GetDeadline, SilentPeerIsLeftInTime) {
  const MutePeer peer;
  const auto begin = steady_clock::now();
  const auto answer = get(peer.address(), "/", in(milliseconds(100)), 1000);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(answer.error().message.find("in time"), std::string::npos);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(GetDeadline, BodyThatStopsIsLeftInTime) {
  const MutePeer peer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  const auto answer = get(peer.address(), "/", in(milliseconds(200)), 1000);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

TEST(GetDeadline, PeerThatSpeaksSomethingElseIsAnError) {
  const MutePeer peer("SSH-2.0-OpenSSH\r\n\r\n");
  EXPECT_FALSE(get(peer.address(), "/", in(milliseconds(2000)), 1000));
}

TEST(GetDeadline, NobodyListeningIsAnError) {
  std::string address;
  { address = MutePeer().address(); }
  const auto answer = get(address, "/", in(milliseconds(2000)), 1000);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

TEST(GetDeadline, MalformedAddressIsAnError) {
  for (const std::string address : {"", "localhost", ":80", "127.0.0.1:"}) {
    const auto answer = get(address, "/", in(milliseconds(100)), 1000);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace stream::http
