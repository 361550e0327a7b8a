#include "custom_stage.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace stream::decision {

Result<CustomStage> CustomStage::make(const std::map<std::string, nlohmann::json>& wanted,
                                      const CustomRules* known) {
  const CustomRules none;
  CustomStage stage;
  for (const auto& [name, parameters] : wanted) {
    auto rule = (known != nullptr ? *known : none).make(name, parameters);
    if (!rule) return tl::unexpected(std::move(rule.error()));
    stage.rules_.push_back(*std::move(rule));
    stage.counts_.push_back({name, {}, 0, {}});
  }
  return stage;
}

// False: it has failed, which is counted.
template <class Call>
bool CustomStage::attempt(std::size_t rule, Call call) {
  auto& count = counts_[rule];
  try {
    call(*rules_[rule]);
    return true;
  } catch (const std::exception& error) {
    count.failure = error.what();
  } catch (...) {
    count.failure = "an exception of no known kind";
  }
  ++count.failed;
  return false;
}

CustomStage::Outcome CustomStage::judge(const RuleObject& object, const RuleFrame& frame) {
  Outcome outcome;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& name = counts_[i].name;
    CustomVerdict verdict;
    const bool done = attempt(i, [&](CustomRule& rule) { verdict = rule.judge(object, frame); });
    if (!done) verdict = {false, "failed: " + counts_[i].failure, {}};
    if (!verdict.found.is_null()) outcome.found[name] = std::move(verdict.found);
    if (verdict.passes || outcome.stopped_by) continue;
    outcome.stopped_by = i;
    if (frame.explain) outcome.text = fmt::format("{}: {}", name, verdict.text);
  }
  return outcome;
}

bool CustomStage::passes(const Outcome& outcome) {
  const auto reached = outcome.stopped_by.value_or(rules_.size());
  for (std::size_t i = 0; i < reached; ++i) ++counts_[i].objects.passed;
  if (outcome.stopped_by) ++counts_[reached].objects.stopped;
  return !outcome.stopped_by;
}

void CustomStage::forget(std::string_view key) {
  for (std::size_t i = 0; i < rules_.size(); ++i) attempt(i, [&](CustomRule& rule) { rule.forget(key); });
}

std::vector<CustomMemory> CustomStage::save() {
  std::vector<CustomMemory> memories;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    auto& count = counts_[i];
    std::string memory;
    if (!attempt(i, [&](CustomRule& rule) { memory = rule.save(); })) continue;
    if (memory.size() > CustomRule::kMostMemoryBytes) {
      count.failure =
          fmt::format("its memory has {} bytes, more than {}", memory.size(), CustomRule::kMostMemoryBytes);
      ++count.failed;
      continue;
    }
    if (!memory.empty()) memories.push_back({count.name, std::move(memory)});
  }
  return memories;
}

void CustomStage::restore(const std::vector<CustomMemory>& memories) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    for (const auto& [name, memory] : memories) {
      if (name != counts_[i].name || memory.size() > CustomRule::kMostMemoryBytes) continue;
      attempt(i, [&, &bytes = memory](CustomRule& rule) { rule.restore(bytes); });
      break;
    }
  }
}

}  // namespace stream::decision
