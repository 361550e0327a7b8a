#include "telling.hpp"

#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::minutes kWellAfter{5};
constexpr std::size_t kMostFailures = 10'000;

}  // namespace

void Telling::publish(const Job& job, std::string_view outcome, const std::string& url, const Answer& answer,
                      const std::string& detail) {
  if (job.alarm.task_id.empty()) return;
  const auto topic = topics::report(job.alarm.task_id);
  if (!publisher_->has_subscriber(topic)) return;
  ReportResult result;
  result.alarm_id = job.alarm.id;
  result.task_id = job.alarm.task_id;
  result.url = mask_secrets(url);
  result.outcome = outcome;
  result.status = answer.status;
  result.detail = detail;
  result.attempt = job.claim.record.attempts;
  result.duration_ms = static_cast<std::uint32_t>(answer.took.count());
  result.at_us = unix_us();
  static_cast<void>(publisher_->publish(topic, encode(result)));
}

void Telling::attempted(const Job& job, const std::string& url, const Verdict& verdict) {
  using Edge = events::Condition::Edge;
  const auto now = Clock::now();
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    if (verdict.outcome != Outcome::kDelivered && failures_.size() < kMostFailures) {
      failures_.try_emplace({url, verdict.reason}, events::ConditionOptions{milliseconds(0), kWellAfter});
    }
    auto at = failures_.lower_bound({url, {}});
    while (at != failures_.end() && at->first.first == url) {
      auto& [key, failure] = *at;
      // What has not happened for long enough is news again.
      static_cast<void>(failure.look(now));
      const bool happened = verdict.outcome != Outcome::kDelivered && key.second == verdict.reason;
      news = failure.see(happened, now) == Edge::kRaised || news;
      at = failure.idle() ? failures_.erase(at) : std::next(at);
    }
  }
  if (!news) return;
  log::warn("report_failed", {{"task", job.alarm.task_id},
                              {"alarm", job.alarm.id},
                              {"url", url},
                              {"outcome", to_string(verdict.outcome)},
                              {"why", verdict.detail}});
}

void Telling::not_saved(const Error& error) {
  if (const auto held_back = file_log_.admit(Clock::now())) {
    log::warn("alarm_not_saved", {{"why", error.message}, {"held_back", *held_back}});
  }
}

void Telling::bus_failed(const Error& error) {
  counters_.bus_errors.add();
  if (const auto held_back = bus_log_.admit(Clock::now())) {
    log::warn("bus_failed", {{"why", error.message}, {"held_back", *held_back}});
  }
}

}  // namespace stream::reporter
