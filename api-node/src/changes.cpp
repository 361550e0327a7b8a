#include "changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stream::api {

std::string_view name_of(Change change) {
  switch (change) {
    case Change::kUnchanged:
      return "unchanged";
    case Change::kRulesChanged:
      return "rules changed";
    case Change::kRestarted:
      return "restarted";
    case Change::kAdded:
      return "added";
    case Change::kRemoved:
      return "removed";
  }
  return "unknown";
}

std::optional<Change> change_named(std::string_view name) {
  for (const Change change :
       {Change::kUnchanged, Change::kRulesChanged, Change::kRestarted, Change::kAdded, Change::kRemoved}) {
    if (name_of(change) == name) return change;
  }
  return std::nullopt;
}

Changes plan_changes(const TaskRecord& before, const TaskRecord& now, const std::vector<bool>& goes_on) {
  Changes changes;
  for (std::size_t i = 0; i < std::max(before.algorithms.size(), now.algorithms.size()); ++i) {
    if (i >= now.algorithms.size()) {
      const AlgorithmSpec& gone = before.algorithms[i];
      changes.push_back({gone.type, gone.name, Change::kRemoved});
      continue;
    }
    const AlgorithmSpec& spec = now.algorithms[i];
    AlgorithmChange change{spec.type, spec.name, Change::kAdded};
    if (i < before.algorithms.size()) {
      change.change = i >= goes_on.size() || !goes_on[i]                   ? Change::kRestarted
                      : before.algorithms[i].logic_json == spec.logic_json ? Change::kUnchanged
                                                                           : Change::kRulesChanged;
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

Changes all_added(const TaskRecord& record) {
  return plan_changes({}, record, {});
}

std::string text_of(const Changes& changes) {
  std::string text;
  for (const AlgorithmChange& change : changes) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", change.name, name_of(change.change));
  }
  return text;
}

}  // namespace stream::api
