// One alarm that the queue handed out, until it is settled.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "delivery_policy.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/report_url.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::reporter {

struct Job {
  // Fixed when it is made.
  bus::Delivery delivery;               // without its payload
  std::size_t bytes = 0;                // of the payload
  std::vector<Result<ReportUrl>> urls;  // as alarm.report_urls

  // Holding's.
  std::uint64_t number = 0;
  std::optional<DeliveryPolicy> policy;
  std::optional<std::size_t> busy_at;  // index of the first URL that had no room for it

  // Of the one thread that has it.
  Alarm alarm;         // without its pictures once `report` is there
  std::string report;  // what is POSTed; empty until the first attempt
  bool scene_is_sound = false;

  // Between that thread and the one that keeps the leases.
  std::atomic<bool> settling = false;  // the queue is being told: leave the lease alone
  std::atomic<bool> lost = false;      // somebody else has the alarm by now
};

}  // namespace stream::reporter
