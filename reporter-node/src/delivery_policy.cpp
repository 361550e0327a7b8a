#include "delivery_policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answer_code.hpp"
#include "stream/common/assert.hpp"

namespace stream::reporter {
namespace {

constexpr std::string_view kPictureError = "picture save error";

std::string_view name(Answer::Failure failure) {
  switch (failure) {
    case Answer::Failure::kConnect:
      return "connect";
    case Answer::Failure::kTls:
      return "tls";
    case Answer::Failure::kTimeout:
      return "timeout";
    case Answer::Failure::kReset:
      return "reset";
    case Answer::Failure::kCancelled:
      return "cancelled";
    case Answer::Failure::kNone:
      break;
  }
  return "none";
}

bool is_worth_another_try(int status) {
  if (status == 408 || status == 425 || status == 429) return true;
  return status >= 500 && status <= 599 && status != 501 && status != 505;
}

// Receivers may send any number; metrics must not grow with it.
std::string status_reason(int status) {
  return status >= 100 && status <= 599 ? fmt::format("http_{}", status) : "http_other";
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDelivered:
      return "delivered";
    case Outcome::kRetry:
      return "retry";
    case Outcome::kRefused:
      return "refused";
  }
  return "retry";
}

Verdict judge(const Answer& answer, bool scene_is_sound) {
  if (answer.failure != Answer::Failure::kNone) {
    return {Outcome::kRetry, std::string(name(answer.failure)), answer.detail, {}};
  }
  const auto detail =
      fmt::format("HTTP {}{}{}", answer.status, answer.body.empty() ? "" : " ", excerpt(answer.body));
  if (answer.status < 200 || answer.status > 299) {
    if (!is_worth_another_try(answer.status)) {
      return {Outcome::kRefused, status_reason(answer.status), detail, {}};
    }
    return {Outcome::kRetry, status_reason(answer.status), detail, answer.retry_after};
  }
  const auto code = read_answer_code(answer.body);
  if (!code.refused) return {Outcome::kDelivered, "ok", detail, {}};
  if (code.message.find(kPictureError) != std::string::npos) {
    return {scene_is_sound ? Outcome::kRetry : Outcome::kRefused, "picture", detail, {}};
  }
  return {Outcome::kRefused, "code", detail, {}};
}

std::chrono::milliseconds backoff(const BackoffOptions& options, std::uint32_t attempt, double random) {
  // 2^20 times a millisecond is past any sensible `most`; a larger shift could overflow.
  const auto doublings = std::clamp<std::uint32_t>(attempt, 1, 21) - 1;
  const auto whole = std::min(options.first * (std::int64_t{1} << doublings), options.most);
  const auto share = 0.5 + std::clamp(random, 0.0, 1.0) / 2;
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * share));
}

Policy policy_of(std::string_view name) {
  if (name == "failover") return Policy::kFailover;
  return name == "all" ? Policy::kAll : Policy::kRoundRobin;
}

void Round::after(std::size_t url, const Verdict& verdict) {
  STREAM_ASSERT(std::erase(left_, url) == 1, "URL {} has been tried in this round", url);
  if (verdict.outcome == Outcome::kDelivered) {
    delivered_.push_back(url);
    return;
  }
  if (verdict.outcome == Outcome::kRetry) some_may_later_ = true;
  reasons_ += fmt::format("{}{}", reasons_.empty() ? "" : "; ", verdict.detail);
}

Round::End Round::end() const {
  if (!delivered_.empty() && policy_ != Policy::kAll) return End::kDelivered;
  if (!left_.empty()) return End::kOpen;
  if (reasons_.empty()) return End::kDelivered;
  return some_may_later_ ? End::kFailed : End::kRefused;
}

}  // namespace stream::reporter
