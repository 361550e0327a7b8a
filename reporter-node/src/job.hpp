// One alarm that the queue handed out, until it is settled.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "claims.hpp"
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
  Policy policy = Policy::kRoundRobin;

  // Holding's.
  std::uint64_t number = 0;
  std::optional<Round> round;
  std::vector<std::size_t> pending;  // the URLs of this hand-out
  std::size_t at = 0;                // the URL it is at, or waits for
  bool placed = false;               // it has been at one

  // Of the one thread that has it.
  Alarm alarm;         // without its pictures once `report` is there
  std::string report;  // what is POSTed; empty until the first attempt
  bool scene_is_sound = false;
  Claim claim;
  bool claimed = false;  // our name stands in the record

  // Between that thread and the one that keeps the leases.
  std::atomic<bool> settling = false;  // the queue is being told: leave the lease alone
  // Until then the queue gives the alarm to nobody else, for sure.
  std::atomic<std::chrono::steady_clock::time_point> leased_until{};
};

}  // namespace stream::reporter
