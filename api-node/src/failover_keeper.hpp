// Sees to it that the tasks of api-nodes that are gone run on others.
#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <string>

#include "node_absence.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/periodic.hpp"
#include "stream/ownership/membership.hpp"
#include "task_service.hpp"

namespace stream::api {

// Looks a few times a second. A node that has been away for the whole grace loses its tasks,
// but those that are tied to a device of it: this node moves those of them that failover() gives to it, a few
// at a time, so that the rest stays with a node that comes back. Records that name nobody are given a node at
// once.
class FailoverKeeper {
 public:
  using Tell = std::function<void(const TaskEvent&)>;

  // What it is given must outlive it. `self`: the name of this node. `grace` 0: nodes keep their tasks for
  // ever. `tell` is called on its thread.
  FailoverKeeper(bus::Bus& bus, const ownership::Membership& membership, TaskService& service,
                 std::string self, std::chrono::milliseconds grace, Tell tell);

 private:
  void look(Periodic::Clock::duration passed);
  std::set<std::string> find_gone(Periodic::Clock::duration passed);

  bus::Bus& bus_;
  const ownership::Membership& membership_;
  TaskService& service_;
  const std::string self_;
  const bool may_move_;
  const Tell tell_;
  // The thread's.
  NodeAbsence absence_;
  std::set<std::string> told_gone_;

  Periodic periodic_;  // last: ends before what it uses
};

}  // namespace stream::api
