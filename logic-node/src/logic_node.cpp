#include "logic_node.hpp"

#include <utility>
#include <vector>

#include "stream/common/log.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

constexpr const char* kRole = "logic";

AlarmLimits alarm_limits(const LogicConfig& config) {
  AlarmLimits limits;
  limits.max_pictures_bytes = std::size_t{config.max_alarm_mib} << 20;
  limits.picture_deadline = config.picture_deadline;
  return limits;
}

}  // namespace

LogicNode::LogicNode(bus::Bus& bus, Pictures& pictures, Metrics& metrics, const LogicConfig& config,
                     std::string name, ownership::MembershipOptions membership)
    : bus_(bus),
      counters_(metrics),
      stop_grace_(config.stop_grace),
      builder_(pictures, counters_, alarm_limits(config)),
      sender_(bus, counters_),
      workers_({config.alarm_threads, config.alarm_queue, config.alarm_queue_per_task}),
      frames_(std::make_unique<FrameLoop>(bus, metrics, counters_, config.frame_queue,
                                          [this](Decision decision) { on_decision(std::move(decision)); })),
      board_(name, config.max_objects, counters_,
             [this](std::vector<TaskPtr> tasks) { frames_->assign(std::move(tasks)); }) {
  NodeRecord self;
  self.role = kRole;
  self.node = std::move(name);
  {
    const std::lock_guard lock(membership_mutex_);
    membership_ = std::make_unique<ownership::Membership>(
        bus, std::move(self), [this] { on_members_changed(); }, membership);
  }
  follower_ = std::make_unique<bus::Follower>(
      bus, std::string(topics::kTaskKeys),
      [this](const bus::Watch::Changes& changes) { board_.on_tasks(changes); });
}

LogicNode::~LogicNode() {
  follower_.reset();
  std::unique_ptr<ownership::Membership> membership;
  {
    const std::lock_guard lock(membership_mutex_);
    membership = std::move(membership_);
  }
  membership.reset();  // from now on our tasks are the peers'
  frames_.reset();
  const auto end = std::chrono::steady_clock::now() + stop_grace_;
  sender_.give_up_at(end);
  counters_.alarms_stopped.add(static_cast<double>(workers_.stop(end)));
}

void LogicNode::announce_admin_address(const std::string& address) {
  membership_->update([&](NodeRecord& self) { self.admin_address = address; });
}

std::string LogicNode::not_ready() const {
  if (!bus_.healthy()) return "the broker does not answer";
  if (!membership_->joined()) return "not yet a member";
  if (!follower_->synced()) return "the tasks are not known yet";
  if (!frames_->settled()) return "taking over tasks";
  return {};
}

void LogicNode::on_decision(Decision decision) {
  const auto name = fmt::format("{}/{}", decision.task->task_id, decision.task->algorithm);
  const bool taken = workers_.submit(name, [this, decision = std::move(decision)] {
    const auto alarm = builder_.build(decision);
    if (sender_.send(alarm)) {
      log::debug("alarm_sent", {{"id", alarm.id}, {"events", alarm.events.size()}});
    } else {
      counters_.alarms_stopped.add();
      log::error("alarm_dropped",
                 {{"id", alarm.id}, {"why", "the node stops and the queue does not take it"}});
    }
  });
  if (!taken) {
    counters_.alarms_backlog.add();
    log::error("alarm_dropped", {{"task", name}, {"why", "too many alarms are waiting"}});
  }
}

void LogicNode::on_members_changed() {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(membership_mutex_);
    if (!membership_) return;
    for (const auto& peer : membership_->live(kRole)) names.push_back(peer.node);
  }
  board_.on_nodes(std::move(names));
}

}  // namespace stream::logic
