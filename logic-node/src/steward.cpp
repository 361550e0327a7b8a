#include "steward.hpp"

#include <algorithm>
#include <condition_variable>
#include <string_view>
#include <utility>

#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kRole = "logic";
constexpr std::chrono::milliseconds kRound{50};
constexpr std::size_t kMostTaskCounters = 2000;

// st/<task>/<algorithm>: the task's encoded name; empty when it is no such key.
std::string_view task_of(std::string_view state_key) {
  state_key.remove_prefix(std::min(state_key.size(), topics::kStateKeys.size()));
  const auto end = state_key.rfind('/');
  return end == std::string_view::npos ? std::string_view() : state_key.substr(0, end);
}

// The life of its task that a state is of; 0: it cannot be read.
std::uint64_t source_in(const std::string& owned_state) {
  const auto owned = decode<OwnedState>(owned_state);
  if (!owned) return 0;
  const auto state = decode<LogicState>(owned->state);
  return state ? state->source : 0;
}

}  // namespace

Steward::Steward(const StewardTools& tools, std::string name, const StewardOptions& options)
    : tools_(tools),
      name_(std::move(name)),
      options_(options),
      labels_(kMostTaskCounters),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Steward::~Steward() = default;

void Steward::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    round(Clock::now());
    never.wait_for(lock, stop, kRound, [] { return false; });
  }
}

void Steward::round(Time now) {
  if (!tools_.membership.joined() || tools_.board.version() == 0) return;
  const auto live = tools_.membership.live(kRole);
  tools_.members.set(live, now);
  if (!tools_.members.joined()) return;
  apply_placement(live);
  look_for_garbage(now);
  bool settled = true;
  bool routes_changed = false;
  for (auto next = holdings_.begin(); next != holdings_.end();) {
    const auto here = next++;
    const auto standing = tend(here->second, now);
    routes_changed |= standing.running != std::exchange(here->second.routed, standing.running);
    settled &= !here->second.ours || standing.running || standing.is_anothers;
    if (standing.idle) holdings_.erase(here);
  }
  if (routes_changed) update_routes();
  tools_.counters.held_bytes.set(static_cast<double>(tools_.held.used()));
  settled_ = settled && tools_.frames.settled();
}

// Who should have what, when that may have changed.
void Steward::apply_placement(const std::vector<NodeRecord>& live) {
  std::vector<Member> members;
  for (const NodeRecord& record : live) members.emplace_back(record.node, record.boot, record.weight);
  const auto version = tools_.board.version();
  if (version == seen_version_ && members == seen_members_) return;
  seen_version_ = version;
  seen_members_ = std::move(members);
  for (auto& [key, holding] : holdings_) {
    holding.task.reset();
    holding.ours = false;
  }
  for (auto& [key, task] : tools_.board.tasks()) {
    const bool ours = tools_.members.is_ours(task->task_id);
    auto found = holdings_.find(key);
    if (found == holdings_.end()) {
      if (!ours) continue;
      found = holdings_.try_emplace(key, make_unit(key)).first;
    }
    found->second.task = task;
    found->second.source = task->source;
    found->second.ours = ours;
  }
}

Steward::Standing Steward::tend(Holding& holding, Time now) {
  {
    const std::lock_guard lock(holding.unit->mutex);
    auto& run = holding.unit->run;
    if (!holding.task) {
      run.erase(holding.source);
    } else if (holding.ours) {
      if (!holding.counters) holding.counters = counters_of(*holding.task);
      run.own(holding.task, *holding.counters);
      holding.moving = false;
    } else if (!run.owner() || holding.moving || tools_.members.may_move(now)) {
      holding.moving = run.owner();
      run.leave();
    }
  }
  tools_.driver.pump(holding.unit);
  const std::lock_guard lock(holding.unit->mutex);
  const auto& run = holding.unit->run;
  return {run.running(), run.is_anothers(), run.idle()};
}

void Steward::update_routes() {
  Routes routes;
  std::map<std::string, UnitPtr> at_work;
  for (const auto& [key, holding] : holdings_) {
    if (!holding.routed || !holding.task) continue;
    at_work[key] = holding.unit;
    routes[topics::frame(holding.task->task_id, holding.task->algorithm)] = {holding.task, holding.unit};
  }
  tools_.counters.tasks.set(static_cast<double>(routes.size()));
  tools_.frames.set_routes(std::move(routes));
  const std::lock_guard lock(at_work_mutex_);
  at_work_.swap(at_work);
}

UnitPtr Steward::find(const std::string& key) const {
  const std::lock_guard lock(at_work_mutex_);
  const auto found = at_work_.find(key);
  return found == at_work_.end() ? nullptr : found->second;
}

UnitPtr Steward::make_unit(const std::string& key) {
  return std::make_shared<Unit>(
      key, ownership::Tenure::Self{name_, tools_.membership.boot()},
      [&members = tools_.members](std::string_view node, std::uint64_t boot) {
        return members.is_live(node, boot);
      },
      options_.run, tools_.counters, tools_.held);
}

TaskCounters Steward::counters_of(const Task& task) {
  return TaskCounters(tools_.metrics, labels_.of(task.task_id, task.algorithm));
}

// ---- states without a task

void Steward::look_for_garbage(Time now) {
  if (now >= garbage_due_) {
    garbage_due_ = now + options_.look_for_garbage;
    tools_.driver.post([this] { find_garbage(); });
  }
  std::map<std::string, std::uint64_t> found;
  {
    const std::lock_guard lock(garbage_mutex_);
    found.swap(garbage_);
  }
  for (const auto& [key, source] : found) {
    if (holdings_.contains(key)) continue;
    holdings_.try_emplace(key, make_unit(key)).first->second.source = source;
  }
}

// A task that was deleted while nobody had it. First the states, then the tasks: one that is not there has
// been deleted, not created meanwhile.
void Steward::find_garbage() {
  const auto states = tools_.bus.list(topics::kStateKeys);
  if (!states) return;
  const auto tasks = tools_.board.tasks();
  for (const bus::Entry& state : *states) {
    const auto task = task_of(state.key);
    if (task.empty() || tasks.contains(state.key) || !tools_.members.is_ours(task)) continue;
    const auto record = tools_.bus.get(fmt::format("{}{}", topics::kTaskKeys, task));
    if (!record || record->has_value()) continue;
    log::info("state_without_task", {{"state", state.key}});
    const std::lock_guard lock(garbage_mutex_);
    garbage_[state.key] = source_in(state.value);
  }
}

// ---- the end

void Steward::release_all(Time until) {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  settled_ = false;
  for (; !holdings_.empty(); std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
    std::erase_if(holdings_, [this](auto& entry) {
      const auto& unit = entry.second.unit;
      {
        const std::lock_guard lock(unit->mutex);
        unit->run.leave();
      }
      tools_.driver.pump(unit);
      const std::lock_guard lock(unit->mutex);
      return unit->run.idle();
    });
    if (Clock::now() >= until) break;
  }
  if (holdings_.empty()) return;
  log::warn("tasks_not_released", {{"count", holdings_.size()}});
}

}  // namespace stream::logic
