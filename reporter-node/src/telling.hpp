// What the reporter-node says about its work: report topics, log lines that come too often, bus failures.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "answer.hpp"
#include "answer_code.hpp"
#include "counters.hpp"
#include "job.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/rate_limit.hpp"
#include "stream/events/condition.hpp"

namespace stream::reporter {

// Thread-safe. Secrets are masked.
class Telling {
 public:
  // Both must outlive it.
  Telling(bus::Bus& bus, Counters& counters) : counters_(counters), publisher_(bus.make_publisher()) {}

  // On report/<task>/, when somebody listens.
  void publish(const Job& job, std::string_view outcome, const std::string& url, const Answer& answer,
               const std::string& detail);
  // Logs how an attempt came out when it is news: the first failure of its kind at a URL, which is well again
  // when it has taken alarms for some minutes.
  void attempted(const Job& job, const std::string& url, const Verdict& verdict);
  void not_saved(const Error& error);
  void bus_failed(const Error& error);

 private:
  Counters& counters_;
  const std::unique_ptr<bus::Publisher> publisher_;
  RateLimit bus_log_{std::chrono::seconds(10)};
  RateLimit file_log_{std::chrono::seconds(10)};

  std::mutex mutex_;                                                           // guards failures_
  std::map<std::pair<std::string, std::string>, events::Condition> failures_;  // by URL and reason
};

}  // namespace stream::reporter
