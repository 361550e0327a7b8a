// The logic-node: frames in, alarms out.
//
//   task records ─> TaskBoard ─┐
//   live nodes ─> Membership ──┴> Steward ─which tasks─> units (TaskRun)
//                                                         ▲       │ calls
//   bus ─frames─> FrameLoop ──────────────────────────────┘       ▼
//                                  ingest-nodes, bus <─ UnitDriver (threads that block)
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "config.hpp"
#include "counters.hpp"
#include "explain/explainer.hpp"
#include "frame_loop.hpp"
#include "steward.hpp"
#include "stream/bus/bus.hpp"
#include "stream/bus/follower.hpp"
#include "stream/ownership/membership.hpp"
#include "task_board.hpp"

namespace stream::logic {

// What is the same everywhere but in tests.
struct LogicTimes {
  ownership::MembershipOptions membership;
  ownership::PlacementOptions placement;
};

// Starts in the constructor. The destructor stops receiving, gives what is decided `stop_grace` to be
// committed, releases the tasks, and ends. Nothing is lost when that does not come to pass. Thread-safe.
class LogicNode {
 public:
  // `name` is the node's name among its peers; `rules` are those of one's own that tasks may ask for. What is
  // given by reference or pointer must outlive the node.
  LogicNode(bus::Bus& bus, Pictures& pictures, Replay& replay, Metrics& metrics, const LogicConfig& config,
            const std::string& name, const LogicTimes& times = {},
            const decision::CustomRules* rules = nullptr);
  ~LogicNode();
  LogicNode(const LogicNode&) = delete;
  LogicNode& operator=(const LogicNode&) = delete;

  // For the node's admin server, which must end before the node does.
  http::AdminRoutes admin_routes() { return explainer_.routes(); }

  // Tells the peers where our /metrics are.
  void announce_admin_address(const std::string& address);

  // Why it cannot do its work now; empty when it can: the bus answers, we are a member, and we are at work on
  // the tasks that are ours.
  std::string not_ready() const;

 private:
  bus::Bus& bus_;
  const Counters counters_;
  const std::chrono::milliseconds stop_grace_;

  // Each uses those before it, and ends before them.
  TaskBoard board_;
  Members members_;
  ByteBudget held_;
  UnitDriver driver_;
  FrameLoop frames_;
  std::unique_ptr<ownership::Membership> membership_;
  Steward steward_;
  Explainer explainer_;
  bus::Follower follower_;
};

}  // namespace stream::logic
