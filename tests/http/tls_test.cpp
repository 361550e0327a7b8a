#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <csignal>
#include <fstream>

#include "echo_server.hpp"
#include "stream/common/eventually.hpp"
#include "stream/http/tls.hpp"
#include "stream/test/certificate.hpp"
#include "stream/test/tcp_client.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Tls : public testing::Test {
 protected:
  Tls() { std::signal(SIGPIPE, SIG_IGN); }

  EchoServer& start(ServerOptions options = {}) {
    auto identity = TlsIdentity::load(files_.certificate_file, files_.key_file);
    EXPECT_TRUE(identity) << identity.error().message;
    options.tls = identity.value_or(nullptr);
    return server_.emplace(options);
  }
  std::unique_ptr<httplib::SSLClient> client() const {
    auto client = std::make_unique<httplib::SSLClient>("127.0.0.1", server_->port());
    client->set_ca_cert_path(files_.certificate_file.c_str());
    client->enable_server_certificate_verification(true);
    return client;
  }

  const test::TemporaryFolder folder_;
  const test::Certificate files_ = test::make_certificate(folder_.path(), "IP:127.0.0.1");
  std::optional<EchoServer> server_;
};

TEST_F(Tls, BodiesGoBothWaysWhateverTheirSize) {
  start();
  const auto https = client();
  https->set_keep_alive(true);
  for (const std::size_t size : {0U, 1U, 100U, 16384U, 16385U, 1'000'000U}) {
    std::string sent(size, 'x');
    for (std::size_t i = 0; i < size; i += 997) sent[i] = static_cast<char>('a' + i % 26);
    const auto answer = https->Post("/buffer", sent, "text/plain");
    ASSERT_TRUE(answer) << size << ": " << httplib::to_string(answer.error());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, sent) << size;
  }
  const auto chunked = https->Post(
      "/echo", [](std::size_t, httplib::DataSink& sink) { return sink.write("abc", 3), sink.done(), true; },
      "text/plain");
  ASSERT_TRUE(chunked);
  EXPECT_EQ(chunked->body, "abc");
  const auto big = https->Get("/big");
  ASSERT_TRUE(big);
  EXPECT_EQ(big->body.size(), 1'000'000U);
  EXPECT_EQ(server_->counter("stream_http_connections_total"), 1) << "it was kept";
}

TEST_F(Tls, AnswerOfAnotherThreadArrives) {
  start();
  const auto answer = client()->Get("/thread");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "from elsewhere");
}

TEST_F(Tls, ClientThatDoesNotTrustTheCertificateGetsNothing) {
  start();
  httplib::SSLClient stranger("127.0.0.1", server_->port());
  stranger.enable_server_certificate_verification(true);
  EXPECT_FALSE(stranger.Get("/big"));
  EXPECT_EQ(server_->counter("stream_http_requests_total"), 0);
  EXPECT_TRUE(client()->Get("/big")) << "others are served";
}

TEST_F(Tls, WhatIsNoTlsIsCutOffAndWhoSaysNothingToo) {
  start(quick_options());
  test::TcpClient plain(server_->port());
  plain.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(plain.closed_within(5s));
  test::TcpClient silent(server_->port());
  EXPECT_TRUE(silent.closed_within(5s));
  EXPECT_EQ(server_->timeouts("header"), 1);
  EXPECT_EQ(server_->counter("stream_http_requests_total"), 0);
}

TEST_F(Tls, RefusalBeforeTheBodyArrivesWhole) {
  start();
  const auto answer = client()->Post("/echo", std::string(3'000'000, 'x'), "text/plain");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 413);
}

TEST_F(Tls, FilesThatAreNotOfThePairAreNamed) {
  const auto failure = [](const auto& certificate, const auto& key) {
    const auto loaded = TlsIdentity::load(certificate, key);
    return loaded ? std::string("loaded") : loaded.error().message;
  };
  EXPECT_THAT(failure("/nowhere.pem", files_.key_file), HasSubstr("/nowhere.pem: cannot be read"));
  EXPECT_THAT(failure(files_.key_file, files_.key_file), HasSubstr("key.pem: found no certificate"));
  EXPECT_THAT(failure(files_.certificate_file, files_.certificate_file),
              HasSubstr("certificate.pem: found no key of this certificate"));
  const test::TemporaryFolder other;
  const auto theirs = test::make_certificate(other.path(), "IP:127.0.0.1");
  EXPECT_THAT(failure(files_.certificate_file, theirs.key_file), HasSubstr("key values mismatch"));
}

}  // namespace
}  // namespace stream::http
