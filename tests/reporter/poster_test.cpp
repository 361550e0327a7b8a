#include "poster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bad_receiver.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::reporter {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Failure = Answer::Failure;
using Kind = test::Reply::Kind;
using test::BadReceiver;
using test::Reply;

// For what comes to an end by itself, however busy the machine is.
PosterOptions patient() {
  PosterOptions options;
  options.connect_timeout = 20s;
  options.send_timeout = 20s;
  options.answer_timeout = 20s;
  return options;
}

// For what only a time-out ends.
PosterOptions quick() {
  PosterOptions options;
  options.connect_timeout = 300ms;
  options.send_timeout = 300ms;
  options.answer_timeout = 300ms;
  return options;
}

Answer post(const std::string& url, std::string_view body = "[]", const PosterOptions& options = patient()) {
  auto poster = Poster::create(options);
  EXPECT_TRUE(poster);
  const auto parsed = parse_report_url(url);
  EXPECT_TRUE(parsed);
  return (*poster)->post(*parsed, {{"Idempotency-Key", "id"}, {"X-Attempt", "7"}}, body);
}

BadReceiver::Behaviour always(const Reply& reply) {
  return [reply](std::size_t) { return reply; };
}

TEST(Poster, SendsTheBodyAndTheHeaders) {
  BadReceiver receiver(always({}));
  const std::string body(3'000'000, 'b');
  const auto answer = post(receiver.url("/a?b=c"), body);
  EXPECT_EQ(answer.failure, Failure::kNone) << answer.detail;
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"code":0,"msg":"ok"})");
  ASSERT_EQ(receiver.posts().size(), 1U);
  const auto sent = receiver.posts()[0];
  EXPECT_EQ(sent.body, body);
  EXPECT_EQ(sent.idempotency_key, "id");
  EXPECT_EQ(sent.attempt, 7U);
  EXPECT_THAT(sent.head, HasSubstr("POST /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(sent.head, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(sent.head, HasSubstr("\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(sent.head, HasSubstr("\r\nConnection: close\r\n"));
}

TEST(Poster, CredentialsGoIntoTheirHeader) {
  BadReceiver receiver(always({}));
  auto url = receiver.url();
  url.replace(0, 7, "http://user:pass@");
  post(url);
  ASSERT_EQ(receiver.posts().size(), 1U);
  EXPECT_THAT(receiver.posts()[0].head, HasSubstr("\r\nAuthorization: Basic dXNlcjpwYXNz\r\n"));
}

TEST(Poster, RedirectIsAnAnswerLikeAnyOther) {
  BadReceiver receiver(always({Kind::kAnswer, 301, "moved", "Location: /\r\n"}));
  const auto answer = post(receiver.url());
  EXPECT_EQ(answer.status, 301);
  EXPECT_EQ(answer.body, "moved");
  EXPECT_EQ(receiver.connections(), 1U);
}

TEST(Poster, RefusedConnectionIsSaidAtOnce) {
  const test::RefusingPort port;
  const auto answer = post(port.url());
  EXPECT_EQ(answer.failure, Failure::kConnect);
  EXPECT_LT(answer.took, patient().connect_timeout);
}

TEST(Poster, UnknownNameIsNoConnection) {
  EXPECT_EQ(post("http://receiver.invalid/").failure, Failure::kConnect);
}

TEST(Poster, BlackHoleEndsWithTheConnectTimeout) {
  const test::BlackHole hole;
  const auto answer = post(hole.url(), "[]", quick());
  EXPECT_EQ(answer.failure, Failure::kTimeout) << answer.detail;
  EXPECT_GE(answer.took, 250ms);
  EXPECT_LT(answer.took, 15s);
}

TEST(Poster, ResetConnectionsAreNoAnswer) {
  for (const auto kind : {Kind::kResetAfter, Kind::kHalfAnswer}) {
    BadReceiver receiver(always(Reply::of(kind)));
    EXPECT_EQ(post(receiver.url()).failure, Failure::kReset) << int(kind);
  }
  BadReceiver receiver(always(Reply::of(Kind::kResetAtOnce)));
  const auto failure = post(receiver.url(), std::string(1 << 20, 'b')).failure;
  // How far the client got before it learned of the reset is a matter of luck.
  EXPECT_TRUE(failure == Failure::kReset || failure == Failure::kConnect) << int(failure);
}

TEST(Poster, SlowAnswersEndWithTheAnswerTimeoutHoweverOftenABytesComes) {
  for (const auto kind : {Kind::kSilent, Kind::kDripHeader, Kind::kDripBody}) {
    BadReceiver receiver(always(Reply::of(kind)));
    const auto answer = post(receiver.url(), "[]", quick());
    EXPECT_EQ(answer.failure, Failure::kTimeout) << int(kind) << ' ' << answer.detail;
    EXPECT_THAT(answer.detail, HasSubstr("answer"));
    EXPECT_LT(answer.took, 15s);
  }
}

TEST(Poster, SlowReaderEndsWithTheSendTimeout) {
  BadReceiver receiver(always(Reply::of(Kind::kReadSlowly)));
  const auto answer = post(receiver.url(), std::string(32 << 20, 'b'), quick());
  EXPECT_EQ(answer.failure, Failure::kTimeout) << answer.detail;
  EXPECT_THAT(answer.detail, HasSubstr("send"));
  EXPECT_LT(answer.took, 15s);
}

TEST(Poster, EndlessAnswerIsReadUpToTheLimitOnly) {
  BadReceiver receiver(always(Reply::of(Kind::kEndlessAnswer)));
  const auto answer = post(receiver.url());
  EXPECT_EQ(answer.failure, Failure::kNone) << answer.detail;
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.cut);
  EXPECT_EQ(answer.body.size(), 64U * 1024);
  // What the kernel's buffers took besides is all that ever left the receiver.
  EXPECT_LT(receiver.sent_bytes(), 64U << 20);
}

TEST(Poster, CancelEndsWhatIsUnderWayAndWhatComesLater) {
  BadReceiver receiver(always(Reply::of(Kind::kSilent)));
  auto options = patient();
  options.answer_timeout = 60s;
  auto poster = Poster::create(options);
  const auto url = parse_report_url(receiver.url());
  Answer first;
  std::thread thread([&] { first = (*poster)->post(*url, {}, "[]"); });
  EXPECT_TRUE(eventually([&] { return receiver.posts().size() == 1; }));
  (*poster)->cancel_all();
  thread.join();
  EXPECT_EQ(first.failure, Failure::kCancelled);
  EXPECT_EQ((*poster)->post(*url, {}, "[]").failure, Failure::kCancelled);
}

class TlsPoster : public ::testing::Test {
 protected:
  Answer post_to(const std::string& certified_for, const std::string& ca_file) {
    const auto certificate = stream::test::make_certificate(folder_.path(), certified_for);
    BadReceiver receiver(always({}), &certificate);
    auto options = patient();
    options.ca_file = ca_file.empty() ? std::string() : (folder_.path() / ca_file).string();
    auto answer = post(receiver.url(), "[]", options);
    posts_ = receiver.posts();
    return answer;
  }

  const stream::test::TemporaryFolder folder_;
  std::vector<test::Post> posts_;
};

TEST_F(TlsPoster, TrustedCertificateForThisHostIsAccepted) {
  const auto answer = post_to("IP:127.0.0.1", "certificate.pem");
  EXPECT_EQ(answer.failure, Failure::kNone) << answer.detail;
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(posts_.size(), 1U);
}

TEST_F(TlsPoster, CertificateThatNobodyVouchesForIsRefused) {
  const auto answer = post_to("IP:127.0.0.1", "");
  EXPECT_EQ(answer.failure, Failure::kTls) << answer.detail;
  EXPECT_TRUE(posts_.empty());
}

TEST_F(TlsPoster, CertificateForAnotherHostIsRefused) {
  const auto answer = post_to("IP:127.0.0.2", "certificate.pem");
  EXPECT_EQ(answer.failure, Failure::kTls) << answer.detail;
  EXPECT_TRUE(posts_.empty());
}

TEST_F(TlsPoster, PlainServerBehindHttpsIsNoAgreement) {
  BadReceiver receiver(always({}));
  auto url = receiver.url();
  url.replace(0, 7, "https://");
  EXPECT_NE(post(url, "[]", quick()).failure, Failure::kNone);
}

TEST_F(TlsPoster, CaFileWithoutCertificatesIsAnError) {
  auto options = quick();
  options.ca_file = (folder_.path() / "missing.pem").string();
  const auto poster = Poster::create(options);
  ASSERT_FALSE(poster);
  EXPECT_THAT(poster.error().message, HasSubstr("missing.pem: found no certificates"));
}

}  // namespace
}  // namespace stream::reporter
