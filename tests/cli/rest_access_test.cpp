// How streamctl reaches an api-node that wants a token or speaks HTTPS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <mutex>

#include "command_line.hpp"
#include "stream/http/server.hpp"
#include "stream/http/tls.hpp"
#include "stream/test/certificate.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::cli {
namespace {

using testing::HasSubstr;

// Answers an empty list to everything and remembers what it was shown.
class Keeper final : public http::Handler {
 public:
  http::HeadDecision on_head(const http::RequestHead& head) override {
    const std::lock_guard lock(mutex_);
    shown_ = head.authorization;
    return http::Response{200, "[]", "application/json", {}};
  }
  void on_request(http::Request, http::Respond) override {}
  std::string shown() {
    const std::lock_guard lock(mutex_);
    return shown_;
  }

 private:
  std::mutex mutex_;
  std::string shown_;
};

class RestAccess : public testing::Test {
 protected:
  RestAccess() { std::signal(SIGPIPE, SIG_IGN); }

  void start(const std::string& certified_for = {}) {
    http::ServerOptions options;
    if (!certified_for.empty()) {
      const auto files = test::make_certificate(folder_.path(), certified_for);
      options.tls = http::TlsIdentity::load(files.certificate_file, files.key_file).value();
    }
    server_ = http::Server::start(options, keeper_, metrics_, "test").value();
  }
  CommandLine::Outcome list(const std::string& scheme, std::vector<std::string> further = {}) {
    std::vector<std::string> arguments{"algorithm", "list", "--api", scheme + server_->address()};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return streamctl_.run(arguments);
  }
  std::string ca() const { return folder_.path() / "certificate.pem"; }

  const test::TemporaryFolder folder_;
  Metrics metrics_;
  Keeper keeper_;
  std::unique_ptr<http::Server> server_;
  CommandLine streamctl_;
};

TEST_F(RestAccess, TokenIsShownWhenThereIsOne) {
  start();
  EXPECT_EQ(list("http://").exit_code, 0);
  EXPECT_EQ(keeper_.shown(), "");
  const auto file = folder_.path() / "token";
  std::ofstream(file) << "0123456789abcdef\n";
  EXPECT_EQ(list("http://", {"--token-file", file}).exit_code, 0);
  EXPECT_EQ(keeper_.shown(), "Bearer 0123456789abcdef");
  const auto none = list("http://", {"--token-file", folder_.path() / "none"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("none: found no token that can be read"));
}

TEST_F(RestAccess, HttpsIsSpokenWithWhomItTrusts) {
  start("IP:127.0.0.1");
  const auto trusted = list("https://", {"--ca", ca()});
  EXPECT_EQ(trusted.exit_code, 0) << trusted.err;
  const auto unknown = list("https://");
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("certificate is not trusted"));
  EXPECT_THAT(list("https://", {"--ca", "/nowhere.pem"}).err, HasSubstr("--ca"));
}

TEST_F(RestAccess, CertificateOfAnotherHostIsRefused) {
  start("IP:127.0.0.2");
  EXPECT_THAT(list("https://", {"--ca", ca()}).err, HasSubstr("certificate is not trusted for this address"));
  EXPECT_EQ(keeper_.shown(), "");
}

TEST_F(RestAccess, PlainServerBehindHttpsIsToldApart) {
  start();
  EXPECT_THAT(list("https://").err, HasSubstr("speaks no TLS"));
}

}  // namespace
}  // namespace stream::cli
