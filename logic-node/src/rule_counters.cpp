#include "rule_counters.hpp"

#include "stream/common/log.hpp"

namespace stream::logic {

RuleCounters::RuleCounters(Metrics& metrics, Labels task) : metrics_(metrics), task_(std::move(task)) {}

void RuleCounters::show(const decision::Decider& decider) {
  const auto& counts = decider.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == shown_[i]) continue;
    add(decision::name_of(static_cast<decision::RuleId>(i)), shown_[i], counts[i]);
  }
  shown_ = counts;
  if (!decider.custom_counts().empty()) show_own_rules(decider.custom_counts());
}

void RuleCounters::show_own_rules(const decision::CustomRuleCounts& counts) {
  custom_shown_.resize(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto& now = counts[i];
    auto& shown = custom_shown_[i];
    if (now == shown) continue;
    const auto rule = "custom/" + now.name;
    add(rule, shown.objects, now.objects);
    if (now.failed != shown.failed) add_failures(rule, now.failed - shown.failed, now.failure);
    shown = now;
  }
}

void RuleCounters::add_failures(const std::string& rule, std::uint64_t failures, const std::string& last) {
  auto& failed = failed_[rule];
  if (!failed) failed = counter(rule, "failed");
  failed->add(static_cast<double>(failures));
  const auto held_back = failure_log_.admit(std::chrono::steady_clock::now());
  if (!held_back) return;
  log::warn("rule_failed",
            {{"task", task_.at("task")}, {"rule", rule}, {"why", last}, {"held_back", *held_back}});
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
  return metrics_.shared_counter(
      "stream_logic_rule_objects_total",
      "Objects that a rule of a task let through, stopped, or failed on, once a frame", labels);
}

}  // namespace stream::logic
