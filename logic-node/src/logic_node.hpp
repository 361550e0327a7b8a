// The logic-node: frames in, alarms out.
//
//   task records, live nodes ─> TaskBoard ─which tasks─> FrameLoop <─frames─ bus
//                                                           │ decisions
//                                                           ▼
//              ingest-nodes <─pictures─ AlarmBuilder (OrderedWorkers, per task in order)
//                                                           │ alarms
//                                                           ▼
//                                                      AlarmSender ─> durable queue
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "alarm_builder.hpp"
#include "alarm_sender.hpp"
#include "config.hpp"
#include "counters.hpp"
#include "frame_loop.hpp"
#include "ordered_workers.hpp"
#include "stream/bus/bus.hpp"
#include "stream/bus/follower.hpp"
#include "stream/ownership/membership.hpp"
#include "task_board.hpp"

namespace stream::logic {

// Starts in the constructor. The destructor stops receiving, gives what is decided `stop_grace` to get into
// the queue, and ends. Thread-safe.
class LogicNode {
 public:
  // `name` is the node's name among its peers. `pictures` must outlive the node.
  LogicNode(bus::Bus& bus, Pictures& pictures, Metrics& metrics, const LogicConfig& config, std::string name,
            ownership::MembershipOptions membership = {});
  ~LogicNode();
  LogicNode(const LogicNode&) = delete;
  LogicNode& operator=(const LogicNode&) = delete;

  // Tells the peers where our /metrics are.
  void announce_admin_address(const std::string& address);

  // Why it cannot do its work now; empty when it can: the bus answers, we are a member, and the tasks that
  // are ours are subscribed to.
  std::string not_ready() const;

 private:
  void on_decision(Decision decision);
  void on_members_changed();

  bus::Bus& bus_;
  const Counters counters_;
  const std::chrono::milliseconds stop_grace_;
  const AlarmBuilder builder_;
  AlarmSender sender_;
  OrderedWorkers workers_;
  std::unique_ptr<FrameLoop> frames_;
  TaskBoard board_;

  std::mutex membership_mutex_;  // guards the pointer while it comes and goes: members change meanwhile
  std::unique_ptr<ownership::Membership> membership_;
  std::unique_ptr<bus::Follower> follower_;
};

}  // namespace stream::logic
