#include "changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stream::api {
namespace {

bool is_same_algorithm(const AlgorithmSpec& one, const AlgorithmSpec& other) {
  return one.type == other.type && one.name == other.name;
}

}  // namespace

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

std::vector<Change> plan_places(const TaskRecord& before, const TaskRecord& now,
                                const std::vector<bool>& goes_on) {
  std::vector<Change> places(std::max(before.algorithms.size(), now.algorithms.size()), Change::kRestarted);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i >= now.algorithms.size()) {
      places[i] = Change::kRemoved;
    } else if (i >= before.algorithms.size()) {
      places[i] = Change::kAdded;
    } else if (i < goes_on.size() && goes_on[i]) {
      const bool is_same = before.algorithms[i].logic_json == now.algorithms[i].logic_json;
      places[i] = is_same ? Change::kUnchanged : Change::kRulesChanged;
    }
  }
  return places;
}

Changes plan_changes(const TaskRecord& before, const TaskRecord& now, const std::vector<bool>& goes_on) {
  Changes changes;
  const auto places = plan_places(before, now, goes_on);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto tell = [&](const TaskRecord& record, Change change) {
      changes.push_back({record.algorithms[i].type, record.algorithms[i].name, change});
    };
    if (places[i] == Change::kRemoved) {
      tell(before, Change::kRemoved);
    } else if (places[i] == Change::kRestarted &&
               !is_same_algorithm(before.algorithms[i], now.algorithms[i])) {
      tell(before, Change::kRemoved);
      tell(now, Change::kAdded);
    } else {
      tell(now, places[i]);
    }
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
