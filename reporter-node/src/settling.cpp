#include "settling.hpp"

#include <algorithm>

#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBusPause{200};        // after a call that failed
constexpr milliseconds kTakenPause{2000};     // before looking again at what somebody else is at work on
constexpr std::size_t kLongestReason = 1000;  // bytes, in a record
constexpr std::size_t kLongestParkReason = 15'000;  // bytes; the broker takes 16 KiB

std::string cut(const std::string& text, std::size_t most) {
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

}  // namespace

void Settling::finish(Job& job, const Ending& ending) {
  job.settling = true;
  job.report = std::string();
  using Kind = Ending::Kind;
  switch (ending.kind) {
    case Kind::kDelivered:
      counters_.alarm("delivered", ending.reason);
      acknowledge(job);
      break;
    case Kind::kDone:
      counters_.alarm("done", "elsewhere");
      acknowledge(job);
      break;
    case Kind::kDeferred:
      counters_.alarm("deferred", ending.reason);
      static_cast<void>(settle(job, bus::Retry{ending.in, ending.group}));
      break;
    case Kind::kFailed: {
      counters_.alarm("retried", ending.reason);
      auto record = after_round(job);
      ++record.failed_rounds;
      release(job, std::move(record));
      static_cast<void>(settle(job, bus::Retry{ending.in, ending.group}));
      break;
    }
    case Kind::kRefused:
      refuse(job, ending);
      break;
    case Kind::kUnusable:
      counters_.alarm("parked", "unusable");
      park(job, job.round ? job.round->reasons() : ending.reason);
      break;
    case Kind::kTaken:
      counters_.alarm("taken", ending.reason);
      static_cast<void>(settle(job, bus::Retry{kTakenPause}));
      break;
    case Kind::kLost:
      counters_.alarm("lost", "lease");
      break;
    case Kind::kStopped:
      counters_.alarm("released", "stopping");
      if (job.claimed) release(job, after_round(job));
      static_cast<void>(settle(job, bus::Retry{milliseconds(0)}));
      break;
  }
}

// The acknowledgement is what makes delivery known; the record says so only when somebody else has the alarm
// in his hands by now, or when the answer to an acknowledgement was lost.
void Settling::acknowledge(Job& job) {
  Status acked;
  const auto ack = [&] {
    acked = settle(job, bus::Ack{});
    return acked || acked.error().code != ErrorCode::kUnavailable;
  };
  fail_point("reporter.before_ack");
  if (!insist(abandon_, ack)) return;
  fail_point("reporter.after_ack");
  if (acked) {
    claims_.remove(job.claim);
    fail_point("reporter.after_forget");
  } else if (job.claimed) {
    auto record = claims_.owned(after_round(job));
    record.done = true;
    insist(abandon_, [&] { return claims_.write(job.claim, record) != Claims::Written::kNoAnswer; });
  }
}

void Settling::refuse(Job& job, const Ending& ending) {
  auto record = after_round(job);
  if (++record.refused_rounds >= options_.refused_rounds) {
    counters_.alarm("parked", ending.reason);
    // For whoever has it delivered again some day.
    record.refused_rounds = 0;
    release(job, std::move(record));
    park(job, job.round->reasons());
    return;
  }
  counters_.alarm("refused", ending.reason);
  release(job, std::move(record));
  static_cast<void>(settle(job, bus::Retry{options_.refused_pace}));
}

void Settling::park(Job& job, const std::string& reason) {
  log::error("alarm_parked", {{"task", job.alarm.task_id}, {"alarm", job.delivery.id}, {"why", reason}});
  telling_.publish(job, "parked", {}, {}, reason);
  static_cast<void>(settle(job, bus::Park{cut(reason, kLongestParkReason)}));
}

void Settling::release(Job& job, DeliveryRecord record) {
  record = Claims::released(std::move(record));
  fail_point("reporter.before_release");
  insist(abandon_, [&] { return claims_.write(job.claim, record) != Claims::Written::kNoAnswer; });
  fail_point("reporter.after_release");
}

DeliveryRecord Settling::after_round(const Job& job) {
  auto record = job.claim.record;
  for (const std::size_t index : job.round->delivered()) {
    const auto number = static_cast<std::uint32_t>(index);
    if (std::ranges::find(record.delivered, number) == record.delivered.end())
      record.delivered.push_back(number);
  }
  if (!job.round->reasons().empty()) record.reason = cut(job.round->reasons(), kLongestReason);
  return record;
}

// An answer that does not come is worth waiting for only where insist() says so: without it the message comes
// again when the lease is over, and its record tells what was done.
Status Settling::settle(const Job& job, const bus::Settlement& settlement) {
  auto settled = bus_.settle(topics::kAlarmQueue, job.delivery, settlement);
  if (!settled && settled.error().code != ErrorCode::kConflict) telling_.bus_failed(settled.error());
  return settled;
}

bool Settling::insist(const std::stop_source& stop, const std::function<bool()>& step) {
  while (!step()) {
    if (stop.stop_requested()) return false;
    pause(stop.get_token());
  }
  return true;
}

void Settling::pause(const std::stop_token& stop) {
  std::unique_lock lock(pause_mutex_);
  pause_.wait_for(lock, stop, kBusPause, [] { return false; });
}

}  // namespace stream::reporter
