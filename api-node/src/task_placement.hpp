// Which api-node runs a task: chosen by load and by label. Pure: members, tasks and who is gone are passed
// in, so that every node that knows the same decides the same.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::api {

// An api-node that is up.
struct ApiMember {
  std::string node;
  std::set<std::string> labels;
  std::size_t most_processes = 1;
  std::size_t processes = 0;  // of the tasks it has
  bool operator==(const ApiMember&) const = default;
};

// From the node's record; its processes are counted by whoever knows the tasks.
ApiMember to_member(const NodeRecord& record);

struct PlacedTask {
  std::string task_id;
  std::string node;                 // that has it now; empty: none
  std::vector<std::string> labels;  // that its node must have, all of them
  bool is_tied = false;             // to a device of `node`
  std::size_t processes = 1;
  bool operator==(const PlacedTask&) const = default;
};

// The member with all labels that uses the smallest part of what it may run, the task's processes included;
// of several the one that rendezvous names, so that nodes that place at the same time do not all take the
// same. One that is full is taken only when all are: the task waits there for its turn. Empty: none has the
// labels.
std::optional<std::string> place(const std::vector<ApiMember>& members, const PlacedTask& task);

struct Move {
  std::string task_id;
  std::string from;  // empty: nobody had it
  std::string to;
  bool operator==(const Move&) const = default;
};

// What `self` moves, and where, of `tasks` whose node is `gone`, or who have none: each is moved by one of
// the members, the one that rendezvous names. Tied tasks wait for their node, and those whose labels no
// member has for one that does. `members` counts their processes.
std::vector<Move> failover(const std::vector<PlacedTask>& tasks, std::vector<ApiMember> members,
                           const std::set<std::string>& gone, const std::string& self);

}  // namespace stream::api
