// What the reporter-node says about its work: report topics, log lines that come too often, bus failures.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "answer.hpp"
#include "answer_code.hpp"
#include "counters.hpp"
#include "job.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/rate_limit.hpp"

namespace stream::reporter {

// Thread-safe. Secrets are masked.
class Telling {
 public:
  // Both must outlive it.
  Telling(bus::Bus& bus, Counters& counters) : counters_(counters), publisher_(bus.make_publisher()) {}

  // On report/<task>/, when somebody listens.
  void publish(const Job& job, std::string_view outcome, const std::string& url, const Answer& answer,
               const std::string& detail);
  void attempt_failed(const Job& job, const Verdict& verdict);
  void not_saved(const Error& error);
  void bus_failed(const Error& error);

 private:
  Counters& counters_;
  const std::unique_ptr<bus::Publisher> publisher_;
  RateLimit bus_log_{std::chrono::seconds(10)};
  RateLimit attempt_log_{std::chrono::seconds(10)};
  RateLimit file_log_{std::chrono::seconds(10)};
};

}  // namespace stream::reporter
