#include "supervisor.hpp"

#include <algorithm>
#include <csignal>

#include "stream/common/log.hpp"

namespace stream::server {
namespace {

using Clock = Child::Clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{20};     // how late an end or a READY may be noticed
constexpr milliseconds kHurry{3000};  // for ending processes of one's own without asking them

}  // namespace

Supervisor::Supervisor(std::vector<NodePlan> plan, SupervisorOptions options, WaitForStop wait_for_stop)
    : options_(std::move(options)), wait_for_stop_(std::move(wait_for_stop)) {
  for (NodePlan& node : plan) {
    last_stage_ = std::max(last_stage_, node.stage);
    children_.emplace_back(std::move(node));
  }
}

Result<Supervisor::Started> Supervisor::start() {
  for (int stage = 0; stage <= last_stage_; ++stage) {
    auto started = start_stage(stage);
    if (!started || *started == Started::kStopRequested) return started;
    changed();
  }
  return Started::kReady;
}

Result<Supervisor::Started> Supervisor::start_stage(int stage) {
  std::vector<Child*> waiting;
  for (Child& child : children_) {
    if (child.plan().stage != stage) continue;
    if (auto started = child.start(Clock::now()); !started) return tl::unexpected(std::move(started).error());
    waiting.push_back(&child);
  }
  const auto deadline = Clock::now() + options_.start_timeout;
  while (!waiting.empty()) {
    if (wait_for_stop_(kTick)) return Started::kStopRequested;
    for (Child& child : children_) {
      if (child.poll(Clock::now()) == Child::Event::kEnded) {
        return fail(ErrorCode::kUnavailable, "{} could not start: {}", child.plan().name,
                    child.how_it_ended());
      }
    }
    std::erase_if(waiting, [](const Child* child) { return child->state() == Child::State::kReady; });
    if (!waiting.empty() && Clock::now() >= deadline) {
      return fail(ErrorCode::kUnavailable, "{} was not ready within {} ms", waiting.front()->plan().name,
                  options_.start_timeout.count());
    }
  }
  return Started::kReady;
}

void Supervisor::run() {
  while (!wait_for_stop_(kTick)) {
    for (Child& child : children_) watch(child);
    if (options_.renew_requested && options_.renew_requested()) {
      log::info("renewing_all_nodes");
      to_renew_.clear();
      for (Child& child : children_) to_renew_.push_back(&child);
    }
    renew();
  }
}

bool Supervisor::is_being_renewed(const Child& child) const {
  return renewal_ && renewal_->child == &child && renewal_->restarts == child.restarts();
}

void Supervisor::renew() {
  const auto now = Clock::now();
  if (renewal_ && is_being_renewed(*renewal_->child)) {
    if (now >= renewal_->kill_at) renewal_->child->signal(SIGKILL);
    return;
  }
  const bool all_ready = std::all_of(children_.begin(), children_.end(), [](const Child& child) {
    return child.state() == Child::State::kReady;
  });
  if (!all_ready) return;
  renewal_.reset();
  if (to_renew_.empty()) return;
  Child& child = *to_renew_.back();
  to_renew_.pop_back();
  renewal_ = {&child, child.restarts(), now + options_.stop_grace};
  child.signal(child.plan().renew_signal);
}

void Supervisor::watch(Child& child) {
  const auto now = Clock::now();
  switch (child.poll(now)) {
    case Child::Event::kBecameReady:
      log::info("node_ready", {{"child", child.plan().name}, {"pid", child.pid()}});
      changed();
      return;
    case Child::Event::kEnded:
      log::write(
          is_being_renewed(child) ? log::Level::kInfo : log::Level::kError, "node_ended",
          {{"child", child.plan().name},
           {"reason", child.how_it_ended()},
           {"restart_in_ms", std::chrono::duration_cast<milliseconds>(child.restart_at() - now).count()}});
      changed();
      return;
    case Child::Event::kNothing:
      break;
  }
  if (child.state() == Child::State::kStarting && now - child.started_at() >= options_.start_timeout) {
    log::error("node_not_ready", {{"child", child.plan().name}, {"pid", child.pid()}});
    child.signal(SIGKILL);
    return;
  }
  if (child.state() != Child::State::kDown || now < child.restart_at()) return;
  if (const auto started = child.start(now); !started) {
    log::error("node_not_started", {{"child", child.plan().name}, {"reason", started.error().message}});
    return;
  }
  log::warn("node_restarted",
            {{"child", child.plan().name}, {"pid", child.pid()}, {"restarts", child.restarts()}});
  changed();
}

Status Supervisor::stop() {
  for (int stage = last_stage_; stage >= 0; --stage) stop_stage(stage);
  if (left_by_.empty()) return {};
  return fail(
      ErrorCode::kUnavailable,
      "{} had to be killed before it had ended its stream processes: those that are left run on until "
      "its next start, which goes on with them or ends them",
      left_by_);
}

void Supervisor::stop_stage(int stage) {
  std::vector<Stopping> stopping;
  for (Child& child : children_) {
    if (child.plan().stage != stage || child.state() == Child::State::kDown) continue;
    child.signal(SIGTERM);
    const auto& others = child.plan().ends_others;
    const auto grace = others ? std::max(options_.stop_grace, *others + kHurry) : options_.stop_grace;
    stopping.push_back({&child, Clock::now() + grace});
  }
  while (is_running(stage)) {
    for (Stopping& node : stopping) insist(node);
    if (wait_for_stop_(kTick)) kill_at_once_ = true;
    for (Child& child : children_) child.poll(Clock::now());
  }
}

void Supervisor::insist(Stopping& node) {
  const auto now = Clock::now();
  if (node.killed || node.child->state() == Child::State::kDown || (!kill_at_once_ && now < node.due)) return;
  const NodePlan& plan = node.child->plan();
  if (plan.ends_others) {
    if (!node.hurried) node.hurried = now;
    if (now - *node.hurried < kHurry) return node.child->signal(SIGTERM);
    left_by_ = plan.name;
  }
  node.killed = true;
  log::warn("node_killed", {{"child", plan.name}, {"pid", node.child->pid()}});
  node.child->signal(SIGKILL);
}

bool Supervisor::is_running(int stage) const {
  return std::any_of(children_.begin(), children_.end(), [&](const Child& child) {
    return child.plan().stage == stage && child.state() != Child::State::kDown;
  });
}

void Supervisor::changed() const {
  if (options_.on_change) options_.on_change(children_);
}

}  // namespace stream::server
