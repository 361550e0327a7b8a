// Which api-node runs a task that is made or changed, by who is up and what each has.
#pragma once

#include <string>
#include <vector>

#include "record_maker.hpp"
#include "stream/common/result.hpp"
#include "stream/manifest/task_definition.hpp"
#include "stream/schemas/messages.hpp"
#include "task_book.hpp"
#include "task_placement.hpp"

namespace stream::api {

// Thread-safe.
class NodeChoice {
 public:
  // What it is given must outlive it. `self`: the name of this node.
  NodeChoice(LiveNodes live_nodes, const TaskBook& book, std::string self);

  // `present`: the node that has the task, empty when none has. A task that `stays` does so while that node
  // is up and has the labels, one that is tied for ever; one that is tied and new runs on this node if that
  // has the labels. kUnavailable: no node that is up may run it.
  Result<std::string> choose(const manifest::TaskDefinition& task, const std::string& present,
                             bool stays) const;

  // The api-nodes that are up, with what they have to do. Never empty: this node is up.
  std::vector<ApiMember> members() const;

 private:
  const LiveNodes live_nodes_;
  const TaskBook& book_;
  const std::string self_;
};

// As placement sees it. REQUIRES: `task` is that of the record.
PlacedTask to_placed(const manifest::TaskDefinition& task, std::string node);

// Gives the task to another api-node: under new path keys, so that no process of the former one can post to
// it any more, and in the same life. REQUIRES: the seats that it has in shared processes are on `node`.
void hand_over(TaskRecord& record, std::string node);
// Those of a node that is gone are on the task's api-node from now on: all who shared a process and come
// there share one again. REQUIRES: hand_over() was called.
void move_seats(TaskRecord& record);

}  // namespace stream::api
