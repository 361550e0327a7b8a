// The configuration of reporter-node; the defaults here are the truth.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "delivery_policy.hpp"
#include "event_reports.hpp"
#include "poster.hpp"
#include "stream/common/config.hpp"
#include "stream/events/system_events.hpp"
#include "url_lines.hpp"

namespace stream::reporter {

struct ReporterConfig {
  std::string admin_listen = "127.0.0.1:0";

  std::uint32_t url_in_flight = 4;  // attempts at one URL at once
  std::uint32_t url_held = 32;      // alarms at one URL, in flight or waiting
  std::uint32_t held_alarms = 256;  // taken from the queue and not settled; each may have a thread
  std::uint32_t held_mib = 128;     // their size in the queue; the JSON of those in flight comes on top
  std::chrono::milliseconds lease{
      10000};  // after which the broker gives a killed reporter's alarms to others

  std::chrono::milliseconds retry_first{1000};
  std::chrono::milliseconds retry_most{120000};
  std::chrono::milliseconds refused_pace{1'800'000};
  std::uint32_t refused_rounds = 48;
  BreakerOptions breaker;  // not configurable
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds send_timeout{15000};
  std::chrono::milliseconds answer_timeout{15000};
  std::chrono::milliseconds stop_grace{5000};  // for what is in flight when the node is told to stop

  std::string ca_file;
  std::string save_dir;

  std::vector<std::string> event_urls;
  events::SystemEventsOptions events;

  void describe(ConfigTable& table);
  // The event_urls taken apart; kInvalid says which is none.
  Result<std::vector<EventUrl>> parsed_event_urls() const;

  BackoffOptions backoff() const { return {retry_first, retry_most}; }
  UrlLinesOptions lines() const;
  PosterOptions poster() const;
};

}  // namespace stream::reporter
