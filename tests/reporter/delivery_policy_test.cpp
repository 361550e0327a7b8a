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

const Verdict kDelivered{Outcome::kDelivered, "ok", "HTTP 200"};
const Verdict kRetry{Outcome::kRetry, "connect", "refused"};
const Verdict kRefused{Outcome::kRefused, "http_404", "HTTP 404"};

template <class T>
bool is(const Step& step) {
  return std::holds_alternative<T>(step);
}

TEST(DeliveryPolicy, DeliveredIsDone) {
  DeliveryPolicy policy(2, 1, 1, {});
  EXPECT_EQ(policy.url(), 1U);
  EXPECT_TRUE(is<Done>(policy.after(kDelivered, 0)));
}

TEST(DeliveryPolicy, FailureGoesToTheNextUrlAtOnce) {
  DeliveryPolicy policy(3, 2, 1, {});
  EXPECT_TRUE(is<NextUrl>(policy.after(kRetry, 0)));
  EXPECT_EQ(policy.url(), 0U);
  EXPECT_TRUE(is<NextUrl>(policy.after(kRefused, 0)));
  EXPECT_EQ(policy.url(), 1U);
  EXPECT_TRUE(is<Done>(policy.after(kDelivered, 0)));
}

TEST(DeliveryPolicy, AfterTheLastUrlTheRoundComesAgainLater) {
  DeliveryPolicy policy(1, 0, 3, {milliseconds(100), milliseconds(1000)});
  const auto step = policy.after(kRetry, 1.0);
  ASSERT_TRUE(is<Again>(step));
  EXPECT_EQ(std::get<Again>(step).in, milliseconds(400));
}

TEST(DeliveryPolicy, OneUrlWorthAnotherTryIsEnoughToComeAgain) {
  DeliveryPolicy policy(2, 0, 1, {});
  EXPECT_TRUE(is<NextUrl>(policy.after(kRetry, 0)));
  EXPECT_TRUE(is<Again>(policy.after(kRefused, 0)));
}

TEST(DeliveryPolicy, RefusedByAllIsSetAsideWithTheReasons) {
  DeliveryPolicy policy(2, 0, 9, {});
  EXPECT_TRUE(is<NextUrl>(policy.after(kRefused, 0)));
  const auto step = policy.after({Outcome::kRefused, "code", "HTTP 200 参数错误"}, 0);
  ASSERT_TRUE(is<SetAside>(step));
  EXPECT_EQ(std::get<SetAside>(step).reason, "HTTP 404; HTTP 200 参数错误");
}

TEST(DeliveryPolicy, AttemptNumbersNeverRepeat) {
  DeliveryPolicy first(2, 0, 1, {});
  EXPECT_EQ(first.attempt_number(), 1U);
  EXPECT_TRUE(is<NextUrl>(first.after(kRetry, 0)));
  EXPECT_EQ(first.attempt_number(), 2U);
  const DeliveryPolicy second(2, 1, 2, {});
  EXPECT_EQ(second.attempt_number(), 3U);
}

}  // namespace
}  // namespace stream::reporter
