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
    return {Outcome::kRetry, std::string(name(answer.failure)), answer.detail};
  }
  const auto detail =
      fmt::format("HTTP {}{}{}", answer.status, answer.body.empty() ? "" : " ", excerpt(answer.body));
  if (answer.status < 200 || answer.status > 299) {
    const auto outcome = is_worth_another_try(answer.status) ? Outcome::kRetry : Outcome::kRefused;
    return {outcome, status_reason(answer.status), detail};
  }
  const auto code = read_answer_code(answer.body);
  if (!code.refused) return {Outcome::kDelivered, "ok", detail};
  if (code.message.find(kPictureError) != std::string::npos) {
    return {scene_is_sound ? Outcome::kRetry : Outcome::kRefused, "picture", detail};
  }
  return {Outcome::kRefused, "code", detail};
}

std::chrono::milliseconds backoff(const BackoffOptions& options, std::uint32_t attempt, double random) {
  // 2^20 times a millisecond is past any sensible `most`; a larger shift could overflow.
  const auto doublings = std::clamp<std::uint32_t>(attempt, 1, 21) - 1;
  const auto whole = std::min(options.first * (std::int64_t{1} << doublings), options.most);
  const auto share = 0.5 + std::clamp(random, 0.0, 1.0) / 2;
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * share));
}

DeliveryPolicy::DeliveryPolicy(std::size_t urls, std::size_t first, std::uint32_t attempt,
                               BackoffOptions backoff)
    : urls_(urls), first_(first), attempt_(attempt), backoff_(backoff) {
  STREAM_ASSERT(urls > 0, "an alarm without a report URL has no round");
}

std::size_t DeliveryPolicy::url() const {
  STREAM_ASSERT(tried_ < urls_, "all {} URLs of the round have been tried", urls_);
  return (first_ + tried_) % urls_;
}

std::uint32_t DeliveryPolicy::attempt_number() const {
  return static_cast<std::uint32_t>((attempt_ - 1) * urls_ + tried_ + 1);
}

Step DeliveryPolicy::after(const Verdict& verdict, double random) {
  if (verdict.outcome == Outcome::kDelivered) return Done{};
  if (verdict.outcome == Outcome::kRetry) worth_another_try_ = true;
  if (verdict.outcome == Outcome::kRefused) {
    refusals_ += fmt::format("{}{}", refusals_.empty() ? "" : "; ", verdict.detail);
  }
  if (++tried_ < urls_) return NextUrl{};
  if (worth_another_try_) return Again{reporter::backoff(backoff_, attempt_, random)};
  return SetAside{refusals_};
}

}  // namespace stream::reporter
