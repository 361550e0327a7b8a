// A task as this node needs it: one entry of its Algorithm array, checked once, so that nothing that follows
// can fail on it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/decision/decider.hpp"
#include "stream/manifest/logic_part.hpp"
#include "stream/schemas/messages.hpp"
#include "stream/schemas/source.hpp"

namespace stream::logic {

// Immutable; shared between the thread that decides and those that build alarms.
struct Task {
  std::string task_id;  // not empty
  std::string src_id;
  std::uint32_t algorithm = 0;  // index into the task's Algorithm array
  std::int32_t type = 0;
  std::uint64_t source = 0;  // tells one life of a task from the next, see source_of()
  manifest::LogicPart logic;
  decision::DeciderOptions options;
  std::vector<std::string> report_urls;
  std::string report_policy;
  bool operator==(const Task&) const = default;
};

using TaskPtr = std::shared_ptr<const Task>;

// kInvalid when the record cannot be worked with; names the algorithm and the member. `rules`: those of one's
// own that it may ask for, nullptr: none; they must outlive the task.
Result<Task> make_task(const TaskRecord& record, std::uint32_t algorithm, std::size_t max_objects,
                       const decision::CustomRules* rules = nullptr);

// Makes what decides on its frames.
decision::Decider decider_of(const Task& task);

// Names the way in which objects are found and frames counted. What was remembered of them under another
// value is worth nothing. (Rules and report URLs, for instance, may change.)
std::uint64_t counting_of(const Task& task);

}  // namespace stream::logic
