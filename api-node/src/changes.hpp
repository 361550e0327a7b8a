// What a new definition of a task changes: a plan for its stream processes, and what the user is told.
// Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::api {

enum class Change {
  kUnchanged,     // nothing of this algorithm; its process goes on
  kRulesChanged,  // what is decided on its frames; its process goes on
  kRestarted,     // its process is started again, since it needs another configuration
  kAdded,         // a process of its own is started
  kRemoved,       // its process is ended
};

// "unchanged", "rules changed", ...
std::string_view name_of(Change change);
// What has this name; empty: nothing we know.
std::optional<Change> change_named(std::string_view name);

struct AlgorithmChange {
  std::int32_t type = 0;  // application-web's number
  std::string name;
  Change change = Change::kUnchanged;
  bool operator==(const AlgorithmChange&) const = default;
};

// In the order of the places in the task.
using Changes = std::vector<AlgorithmChange>;

// What becomes of the process at each place that there was or is; kRestarted, too, where another algorithm
// has taken the place. `goes_on`, by place: the process there was started with exactly what it would be
// started with now. Places that it does not have do not. Who is told, and how, changes no algorithm.
std::vector<Change> plan_places(const TaskRecord& before, const TaskRecord& now,
                                const std::vector<bool>& goes_on);

// The same for users, one for each place, or two where another algorithm has taken it: what ends there, and
// what begins.
Changes plan_changes(const TaskRecord& before, const TaskRecord& now, const std::vector<bool>& goes_on);

// That of a task that was not there.
Changes all_added(const TaskRecord& record);

// "<name> rules changed, <name> restarted".
std::string text_of(const Changes& changes);

}  // namespace stream::api
