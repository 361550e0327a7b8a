// Tells which nodes came and went.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "node_roll.hpp"
#include "stream/common/periodic.hpp"
#include "stream/events/system_events.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::api {

// Looks at the members from the constructor to the destructor. Every api-node does; by the ids of the events
// one of them is told each.
class NodeWatch {
 public:
  using Live = std::function<std::vector<NodeRecord>(const std::string& role)>;

  // Both must outlive it. `live`: the live nodes of a role, thread-safe.
  NodeWatch(events::SystemEvents& events, Live live);

 private:
  void look();

  events::SystemEvents& events_;
  const Live live_;
  NodeRoll roll_;      // the thread's
  Periodic periodic_;  // last: ends before what it uses
};

}  // namespace stream::api
