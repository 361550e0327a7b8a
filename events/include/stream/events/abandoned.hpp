// What was begun by nodes that do not come back: somebody has to tell the end of it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/common/periodic.hpp"
#include "stream/events/system_events.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::events {

// Whose nodes have been away for long enough. Pure. Confined to one thread.
class Absences {
 public:
  explicit Absences(std::chrono::milliseconds most) : most_(most) {}

  // `kept`: the keys of which there is something to end; `there`: those of live nodes. `passed`: for how long
  // that was so. Gives the keys whose nodes have been away too long, at every call until they are gone.
  std::vector<std::string> take(const std::set<std::string>& kept, const std::set<std::string>& there,
                                std::chrono::milliseconds passed);

 private:
  const std::chrono::milliseconds most_;
  std::map<std::string, std::chrono::milliseconds> away_;  // by key
};

struct AbandonedOptions {
  std::chrono::milliseconds every{10'000};
  // Far longer than an upgrade or a reboot: a node that comes back goes on with what it has begun.
  std::chrono::milliseconds after{3'600'000};
};

// From the constructor to the destructor it ends what such nodes have begun, and removes their keys. It may
// be done by several nodes at once: one of them tells each end.
class AbandonedWatch {
 public:
  using Live = std::function<std::vector<NodeRecord>(const std::string& role)>;

  // Both must outlive it. `live`: the live nodes of a role, thread-safe; none as long as we are none.
  AbandonedWatch(bus::Bus& bus, SystemEvents& events, Live live, const AbandonedOptions& options = {});

 private:
  void look(std::chrono::milliseconds passed);

  bus::Bus& bus_;
  SystemEvents& events_;
  const Live live_;
  // The thread's.
  Absences absences_;
  std::map<std::string, bus::Revision>
      ended_;  // keys: removed one look later, when the ends are in the queue

  Periodic periodic_;  // last: ends before what it uses
};

}  // namespace stream::events
