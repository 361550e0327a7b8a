// Sees to it that the stream processes of this node post to ingest-nodes that are there.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "node_absence.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/periodic.hpp"
#include "stream/ownership/membership.hpp"
#include "supervisor.hpp"
#include "task_service.hpp"

namespace stream::api {

// Looks a few times a second. An ingest-node that has been away for the whole grace loses its
// tasks to the others; when there is no other they stay, which is told once for each. A node that came back
// at another address gets its processes restarted, so that they post there.
class IngestKeeper {
 public:
  using Tell = std::function<void(const TaskEvent&)>;

  // What it is given must outlive it. `tell` is called on its thread.
  IngestKeeper(bus::Bus& bus, const ownership::Membership& membership, TaskService& service,
               Supervisor& supervisor, std::chrono::milliseconds grace, Tell tell);

 private:
  void look(Periodic::Clock::duration passed);
  void tell_stranded(const std::string& node);

  bus::Bus& bus_;
  const ownership::Membership& membership_;
  TaskService& service_;
  Supervisor& supervisor_;
  const Tell tell_;
  // The thread's.
  NodeAbsence absence_;
  std::map<std::string, std::string> addresses_;  // by node, as of the last look
  std::set<std::string> stranded_;                // gone, and told that there is no other

  Periodic periodic_;  // last: ends before what it uses
};

}  // namespace stream::api
