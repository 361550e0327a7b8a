// Tells the other api-nodes how the tasks of this one are doing.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "stream/bus/bus.hpp"
#include "stream/common/periodic.hpp"
#include "stream/ownership/membership.hpp"
#include "stream/schemas/messages.hpp"
#include "supervisor.hpp"

namespace stream::api {

// Looks ten times a second and tells what has changed, and everything every two seconds and
// when another api-node has come: so a message that is lost is made up for, and who comes late knows soon.
// Nothing while there is no other. Starts in the constructor, ends in the destructor.
class StateReporter {
 public:
  static constexpr std::size_t kMostTasks = 128;  // of one message

  // What is given must outlive it.
  StateReporter(bus::Bus& bus, const ownership::Membership& membership, const Supervisor& supervisor,
                std::string node);

 private:
  using Clock = Periodic::Clock;

  void look(Clock::time_point now);
  void tell(bool everything);

  const ownership::Membership& membership_;
  const Supervisor& supervisor_;
  const std::string node_, topic_;
  const std::unique_ptr<bus::Publisher> publisher_;
  // The thread's.
  std::set<std::string> others_;
  std::map<std::string, TaskState> told_;
  Clock::time_point next_whole_{};

  Periodic periodic_;  // last: ends before what it uses
};

}  // namespace stream::api
