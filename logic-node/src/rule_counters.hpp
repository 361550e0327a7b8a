// What each rule of one task's algorithm let through and stopped, as counters; a rule of one's own that fails
// is logged, too.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "stream/common/metrics.hpp"
#include "stream/common/rate_limit.hpp"
#include "stream/decision/decider.hpp"

namespace stream::logic {

// A rule's counters appear when it is first asked, so rules that are off have none. They go with this object.
// Confined to one thread at a time; `metrics` must outlive it.
class RuleCounters {
 public:
  RuleCounters(Metrics& metrics, Labels task);

  // The next show() is of a decider that is new.
  void begin() { shown_ = {}, custom_shown_.clear(); }
  // Adds what this decider has counted since the last time.
  void show(const decision::Decider& decider);

 private:
  using Series = std::pair<std::shared_ptr<const Counter>, std::shared_ptr<const Counter>>;

  void show_own_rules(const decision::CustomRuleCounts& counts);
  void add_failures(const std::string& rule, std::uint64_t failures, const std::string& last);
  void add(std::string_view rule, const decision::RuleCount& shown, const decision::RuleCount& now);
  std::shared_ptr<const Counter> counter(std::string_view rule, const char* outcome);

  Metrics& metrics_;
  const Labels task_;
  decision::RuleCounts shown_{};
  decision::CustomRuleCounts custom_shown_;
  std::map<std::string, Series, std::less<>> series_;             // passed and stopped, by the rule's name
  std::map<std::string, std::shared_ptr<const Counter>> failed_;  // of rules of one's own
  RateLimit failure_log_{std::chrono::minutes(1)};
};

}  // namespace stream::logic
