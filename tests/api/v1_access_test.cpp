// Who may use which face: the token, HTTPS, and the legacy paths that can be closed.
#include <gmock/gmock.h>
#include <httplib.h>

#include <csignal>
#include <fstream>

#include "node_fixture.hpp"
#include "stream/test/certificate.hpp"

namespace stream::api::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kToken = "0123456789abcdef";

class V1Access : public NodeFixture {
 protected:
  V1Access() { std::signal(SIGPIPE, SIG_IGN); }

  void want_token() {
    const fs::path file = data_.path() / "token";
    std::ofstream(file) << kToken;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    config_.api_token_file = file;
  }
  stream::test::HttpAnswer get(const std::string& path, const std::string& authorization = {}) {
    stream::test::TcpClient client(port());
    client.send("GET " + path + " HTTP/1.1\r\n" +
                (authorization.empty() ? "" : "Authorization: " + authorization + "\r\n") + "\r\n");
    return client.read_answer();
  }
  std::string failure_to_start() {
    const auto node = ApiNode::start(config_, "api-1", *bus_, quick());
    return node ? "started" : node.error().message;
  }
};

TEST_F(V1Access, WithoutTheTokenNothingUnderV1IsAnswered) {
  want_token();
  start_node();
  for (const char* path : {"/api/v1/nodes", "/api/v1/alarms/a/scene.jpg", "/api/v1/nothing", "/api/v1/"}) {
    const auto none = get(path);
    EXPECT_EQ(none.status, 401) << path;
    EXPECT_EQ(none.headers.at("www-authenticate"), R"(Bearer realm="stream-server")");
    EXPECT_EQ(json::parse(none.body)["title"], "Unauthorized");
    const auto other = get(path, "Bearer 0123456789abcdeX");
    EXPECT_EQ(other.status, 401) << path;
    EXPECT_THAT(other.headers.at("www-authenticate"), HasSubstr("invalid_token"));
    EXPECT_EQ(other.body.find(kToken), std::string::npos);
  }
  EXPECT_EQ(counter("stream_api_unauthorized_requests_total"), 8);
  EXPECT_EQ(get("/api/v1/nodes", std::string("Bearer ") + kToken).status, 200);
  EXPECT_EQ(post("list", json::object())["Code"], 0) << "application-web has no token";
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(V1Access, LegacyPathsCanBeClosed) {
  config_.legacy = false;
  start_node();
  for (const char* path : {"/task/list", "/task/create", "/task/nothing"}) {
    const auto answer = stream::test::http_request(port(), "POST", path, "{}");
    EXPECT_EQ(answer.status, 404) << path;
  }
  EXPECT_EQ(get("/api/v1/nodes").status, 200);
}

TEST_F(V1Access, HttpsServesTheSameOnAPortOfItsOwn) {
  const auto files = stream::test::make_certificate(data_.path(), "IP:127.0.0.1");
  config_.tls_listen = "127.0.0.1:0";
  config_.tls_certificate = files.certificate_file;
  config_.tls_key = files.key_file;
  want_token();
  start_node();
  httplib::Client client("https://" + node_->tls_address());
  client.set_ca_cert_path(files.certificate_file.c_str());
  const auto refused = client.Get("/api/v1/nodes");
  ASSERT_TRUE(refused) << httplib::to_string(refused.error());
  EXPECT_EQ(refused->status, 401);
  client.set_bearer_token_auth(kToken);
  EXPECT_EQ(client.Get("/api/v1/nodes")->status, 200);
  EXPECT_EQ(client.Post("/task/list", "{}", "application/json")->status, 200);
  EXPECT_EQ(get("/healthz").status, 200) << "the other port goes on";
}

TEST_F(V1Access, WhatCannotBeUsedIsNamedAtTheStart) {
  config_.api_token_file = data_.path() / "none";
  EXPECT_THAT(failure_to_start(), testing::StartsWith("api_token_file: "));
  config_.api_token_file.clear();
  config_.tls_certificate = "certificate.pem";
  EXPECT_THAT(failure_to_start(), HasSubstr("tls_listen, tls_certificate and tls_key go together"));
  config_.tls_listen = "127.0.0.1:0";
  config_.tls_key = "/nowhere/key.pem";
  EXPECT_THAT(failure_to_start(), HasSubstr("certificate.pem: cannot be read"));
}

}  // namespace
}  // namespace stream::api::test
