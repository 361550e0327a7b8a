#include "rule_counters.hpp"

namespace stream::logic {

RuleCounters::RuleCounters(Metrics& metrics, Labels task) : metrics_(metrics), task_(std::move(task)) {}

void RuleCounters::show(const decision::Decider& decider) {
  const auto& counts = decider.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == shown_[i]) continue;
    add(decision::name_of(static_cast<decision::RuleId>(i)), shown_[i], counts[i]);
  }
  shown_ = counts;
}

void RuleCounters::add(std::string_view rule, const decision::RuleCount& shown,
                       const decision::RuleCount& now) {
  auto found = series_.find(rule);
  if (found == series_.end()) {
    found = series_.emplace(rule, Series(counter(rule, "passed"), counter(rule, "stopped"))).first;
  }
  const auto& [passed, stopped] = found->second;
  passed->add(static_cast<double>(now.passed - shown.passed));
  stopped->add(static_cast<double>(now.stopped - shown.stopped));
}

std::shared_ptr<const Counter> RuleCounters::counter(std::string_view rule, const char* outcome) {
  auto labels = task_;
  labels["rule"] = rule;
  labels["outcome"] = outcome;
  return metrics_.shared_counter("stream_logic_rule_objects_total",
                                 "Objects that a rule of a task let through and stopped, once a frame",
                                 labels);
}

}  // namespace stream::logic
