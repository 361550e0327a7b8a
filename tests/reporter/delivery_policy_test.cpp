#include "delivery_policy.hpp"

#include <gtest/gtest.h>

namespace stream::reporter {
namespace {

using std::chrono::milliseconds;

Answer answered(int status, std::string body = {}) {
  Answer answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

Answer failed(Answer::Failure failure) {
  Answer answer;
  answer.failure = failure;
  answer.detail = "why";
  return answer;
}

Outcome outcome_of(const Answer& answer) {
  return judge(answer, true).outcome;
}

TEST(Judge, SuccessWithoutACodeIsDelivered) {
  EXPECT_EQ(outcome_of(answered(200, R"({"code":0,"msg":"ok"})")), Outcome::kDelivered);
  EXPECT_EQ(outcome_of(answered(200, R"({"Code":0})")), Outcome::kDelivered);
  EXPECT_EQ(outcome_of(answered(200)), Outcome::kDelivered);
  EXPECT_EQ(outcome_of(answered(204)), Outcome::kDelivered);
  EXPECT_EQ(outcome_of(answered(201, "<html>thanks</html>")), Outcome::kDelivered);
}

TEST(Judge, NonZeroCodeIsRefused) {
  EXPECT_EQ(outcome_of(answered(200, R"({"code":-1,"msg":"参数错误"})")), Outcome::kRefused);
  EXPECT_EQ(outcome_of(answered(200, R"({"Code":500})")), Outcome::kRefused);
  EXPECT_EQ(judge(answered(200, R"({"code":-1,"msg":"参数错误"})"), true).reason, "code");
}

TEST(Judge, PictureErrorOfASoundPictureIsTheReceiversDisk) {
  const auto answer = answered(200, R"({"code":-1,"msg":"picture save error"})");
  EXPECT_EQ(judge(answer, true).outcome, Outcome::kRetry);
  EXPECT_EQ(judge(answer, false).outcome, Outcome::kRefused);
}

TEST(Judge, StatusSaysWhetherAnotherTryIsWorthIt) {
  for (const int status : {408, 425, 429, 500, 502, 503, 504, 507, 599}) {
    EXPECT_EQ(outcome_of(answered(status)), Outcome::kRetry) << status;
  }
  for (const int status :
       {301, 302, 307, 308, 304, 400, 401, 403, 404, 405, 413, 415, 501, 505, 100, 600, 0}) {
    EXPECT_EQ(outcome_of(answered(status)), Outcome::kRefused) << status;
  }
}

TEST(Judge, NoOrHalfAnAnswerIsRetried) {
  using Failure = Answer::Failure;
  for (const auto failure :
       {Failure::kConnect, Failure::kTls, Failure::kTimeout, Failure::kReset, Failure::kCancelled}) {
    EXPECT_EQ(outcome_of(failed(failure)), Outcome::kRetry);
  }
  // Even when a good status has been seen: the code may have been in what is missing.
  auto half = failed(Failure::kReset);
  half.status = 200;
  EXPECT_EQ(outcome_of(half), Outcome::kRetry);
}

TEST(Judge, PassesOnWhenToTryAgain) {
  auto answer = answered(429);
  answer.retry_after = std::chrono::seconds(7);
  EXPECT_EQ(judge(answer, true).retry_after, std::chrono::seconds(7));
  answer.status = 404;
  EXPECT_EQ(judge(answer, true).retry_after, std::chrono::seconds(0));
}

TEST(Judge, ReasonsAreABoundedSet) {
  EXPECT_EQ(judge(answered(404), true).reason, "http_404");
  EXPECT_EQ(judge(answered(987654), true).reason, "http_other");
}

TEST(Judge, DetailShowsTheStartOfTheAnswer) {
  EXPECT_EQ(judge(answered(404, "no such page"), true).detail, "HTTP 404 no such page");
  EXPECT_EQ(judge(answered(503), true).detail, "HTTP 503");
}

TEST(Backoff, DoublesUpToTheMost) {
  const BackoffOptions options{milliseconds(100), milliseconds(1000)};
  EXPECT_EQ(backoff(options, 1, 1.0), milliseconds(100));
  EXPECT_EQ(backoff(options, 2, 1.0), milliseconds(200));
  EXPECT_EQ(backoff(options, 4, 1.0), milliseconds(800));
  EXPECT_EQ(backoff(options, 5, 1.0), milliseconds(1000));
  EXPECT_EQ(backoff(options, 4'000'000'000, 1.0), milliseconds(1000));
}

TEST(Backoff, IsJitteredBetweenAHalfAndTheWhole) {
  const BackoffOptions options{milliseconds(100), milliseconds(1000)};
  EXPECT_EQ(backoff(options, 2, 0.0), milliseconds(100));
  EXPECT_EQ(backoff(options, 2, 0.5), milliseconds(150));
}

const Verdict kDelivered{Outcome::kDelivered, "ok", "HTTP 200", {}};
const Verdict kRetry{Outcome::kRetry, "connect", "refused", {}};
const Verdict kRefused{Outcome::kRefused, "http_404", "HTTP 404", {}};
using End = Round::End;
using Urls = std::vector<std::size_t>;

TEST(Round, OneDeliveryIsEnoughUnlessAllAreToHaveIt) {
  for (const Policy policy : {Policy::kRoundRobin, Policy::kFailover}) {
    Round round(policy, {1, 0});
    EXPECT_EQ(round.end(), End::kOpen);
    round.after(1, kDelivered);
    EXPECT_EQ(round.end(), End::kDelivered);
  }
  Round round(Policy::kAll, {0, 1});
  round.after(0, kDelivered);
  EXPECT_EQ(round.end(), End::kOpen);
  EXPECT_EQ(round.left(), Urls{1});
  round.after(1, kDelivered);
  EXPECT_EQ(round.end(), End::kDelivered);
  EXPECT_EQ(round.delivered(), (Urls{0, 1}));
}

TEST(Round, EachUrlIsTriedOnce) {
  Round round(Policy::kRoundRobin, {2, 0, 1});
  round.after(2, kRetry);
  EXPECT_EQ(round.left(), (Urls{0, 1}));
  round.after(0, kRefused);
  round.after(1, kDelivered);
  EXPECT_EQ(round.end(), End::kDelivered);
}

TEST(Round, OneUrlWorthAnotherTryMakesItAFailure) {
  Round round(Policy::kRoundRobin, {0, 1});
  round.after(0, kRetry);
  round.after(1, kRefused);
  EXPECT_EQ(round.end(), End::kFailed);
  EXPECT_EQ(round.reasons(), "refused; HTTP 404");
}

TEST(Round, RefusedByAllIsRefused) {
  Round round(Policy::kRoundRobin, {0, 1});
  round.after(0, kRefused);
  round.after(1, {Outcome::kRefused, "code", "HTTP 200 参数错误", {}});
  EXPECT_EQ(round.end(), End::kRefused);
  EXPECT_EQ(round.reasons(), "HTTP 404; HTTP 200 参数错误");
}

TEST(Round, RefusedByOneOfAllIsRefused) {
  Round round(Policy::kAll, {0, 1});
  round.after(0, kDelivered);
  round.after(1, kRefused);
  EXPECT_EQ(round.end(), End::kRefused);
}

TEST(Policy, IsRoundRobinUnlessItIsSaidOtherwise) {
  EXPECT_EQ(policy_of("failover"), Policy::kFailover);
  EXPECT_EQ(policy_of("all"), Policy::kAll);
  EXPECT_EQ(policy_of("round_robin"), Policy::kRoundRobin);
  EXPECT_EQ(policy_of("whatever"), Policy::kRoundRobin);
}

}  // namespace
}  // namespace stream::reporter
