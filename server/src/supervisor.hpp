// Starts the nodes, keeps them running, takes them down.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "child.hpp"
#include "node_plan.hpp"
#include "stream/common/result.hpp"

namespace stream::server {

// Waits for a stop signal, at most this long; true when there was one.
using WaitForStop = std::function<bool(std::chrono::milliseconds)>;

struct SupervisorOptions {
  std::chrono::milliseconds start_timeout{30'000};  // for each stage, and for a node that is started again
  std::chrono::milliseconds stop_grace{10'000};     // for each stage
  // Asked at every tick of run(): true once when all nodes are to be renewed; empty: never.
  std::function<bool()> renew_requested;
  // Called when a process, its state or an address changed; empty: nobody.
  std::function<void(const std::deque<Child>&)> on_change;
};

// Confined to the thread it was made on, which must outlive it: the children die with that thread. The
// destructor kills what still runs; stop() ends it in order.
class Supervisor {
 public:
  enum class Started { kReady, kStopRequested };

  Supervisor(std::vector<NodePlan> plan, SupervisorOptions options, WaitForStop wait_for_stop);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Starts stage after stage, the nodes of one at the same time, and returns when all are ready. A node that
  // ends before, or is not ready in time, is an error with its name and reason; call stop() then.
  Result<Started> start();
  // Starts nodes that end again, with a growing delay, until a stop is requested. One that does not get ready
  // in time is killed, so that it ends, too. Renews the nodes when that is requested: ends them and starts
  // them again, the last of the plan first, each when all others are ready; so one that does not come back
  // ends it.
  void run();
  // SIGTERM to all, the last stage first; SIGKILL to what remains after the grace time or on a second stop
  // signal. One that ends processes of its own gets at least the time that it needs for that, and before it
  // is killed further SIGTERMs for 3 s. kUnavailable when it was killed all the same: they may be left.
  Status stop();

  const std::deque<Child>& children() const { return children_; }

 private:
  struct Renewal {
    Child* child;
    std::uint32_t restarts;  // that it had when it was told to end
    Child::Clock::time_point kill_at;
  };

  // A node that was told to end.
  struct Stopping {
    Child* child;
    Child::Clock::time_point due;                       // no more patience from then on
    std::optional<Child::Clock::time_point> hurried{};  // told to hurry up
    bool killed = false;
  };

  Result<Started> start_stage(int stage);
  void stop_stage(int stage);
  void insist(Stopping& node);
  bool is_running(int stage) const;
  void changed() const;
  void watch(Child& child);
  void renew();
  bool is_being_renewed(const Child& child) const;

  const SupervisorOptions options_;
  const WaitForStop wait_for_stop_;
  int last_stage_ = 0;
  bool kill_at_once_ = false;
  std::string left_by_;  // whose processes may be left; empty: nobody's
  std::deque<Child> children_;
  std::vector<Child*> to_renew_;  // the next one last
  std::optional<Renewal> renewal_;
};

}  // namespace stream::server
