#include "telling.hpp"

#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

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

void Telling::attempt_failed(const Job& job, const Verdict& verdict) {
  if (const auto held_back = attempt_log_.admit(Clock::now())) {
    log::warn("report_failed", {{"task", job.alarm.task_id},
                                {"alarm", job.alarm.id},
                                {"why", verdict.detail},
                                {"held_back", *held_back}});
  }
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
