#include "supervisor.hpp"

#include <algorithm>
#include <utility>

#include "config_files.hpp"
#include "device_memory.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"

namespace stream::api {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

}  // namespace

Supervisor::Supervisor(const StreamLauncher& launcher, SupervisorHooks hooks,
                       const SupervisorOptions& options, Metrics& metrics)
    : hooks_(std::move(hooks)),
      options_(options),
      tools_{
          launcher,
          hooks_,
          options_,
          metrics.counter("stream_api_processes_started_total", "Stream processes started"),
          metrics.counter("stream_api_process_start_failures_total",
                          "Stream processes that could not be started"),
          metrics.counter("stream_api_processes_exited_total", "Stream processes that ended, for any reason"),
          metrics.counter("stream_api_processes_restarted_total",
                          "Stream processes started again after an abnormal end"),
          metrics.counter("stream_api_processes_adopted_total",
                          "Stream processes of a former api-node that go on"),
          StartGate(options_.start, [this] { return read_free_memory(options_.device_memory_file); }),
          LeftBehind(options_.node_name, launcher.data_dir()),
          shared_},
      thread_([this](const std::stop_token& stop) { work(stop); }) {
  if (tools_.left.killed() > 0) log::warn("stragglers_killed", {{"processes", tools_.left.killed()}});
}

Supervisor::~Supervisor() = default;

void Supervisor::shut_down() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

// ---- what others ask for

void Supervisor::post(Command command) {
  commands_.push_back(std::move(command));
  changed_.notify_all();
}

void Supervisor::run(const TaskRecord& record, bus::Revision revision) {
  StreamStatus waiting;
  waiting.since_us = unix_us();
  const std::lock_guard lock(mutex_);
  auto& statuses = statuses_[record.task_id];
  if (std::none_of(statuses.begin(), statuses.end(), has_life)) statuses.clear();
  statuses.resize(record.algorithms.size(), waiting);
  kept_.erase(record.task_id);
  changes_.erase(record.task_id);
  post(RunCommand{record, revision});
}

std::optional<Changes> Supervisor::changes_of(const std::string& task_id, bus::Revision revision,
                                              milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto found = [&] {
    const auto entry = changes_.find(task_id);
    return entry != changes_.end() && entry->second.revision >= revision;
  };
  if (!changed_.wait_for(lock, timeout, found) || changes_.at(task_id).revision != revision)
    return std::nullopt;
  return changes_.at(task_id).changes;
}

void Supervisor::point_elsewhere(const TaskRecord& record, bus::Revision revision) {
  const std::lock_guard lock(mutex_);
  post(PointCommand{{record, revision}});
}

void Supervisor::check_ingest_addresses() {
  const std::lock_guard lock(mutex_);
  post(CheckCommand{});
}

void Supervisor::end_unclaimed() {
  const std::lock_guard lock(mutex_);
  post(EndUnclaimedCommand{});
}

void Supervisor::stop(const std::string& task_id) {
  const std::lock_guard lock(mutex_);
  kept_.erase(task_id);
  post(StopCommand{task_id});
}

void Supervisor::forget(const TaskRecord& record) {
  const std::lock_guard lock(mutex_);
  if (options_.stop_grace.count() > 0) {
    kept_[record.task_id] = record;
  } else {
    leaving_.insert(record.task_id);
  }
  post(ForgetCommand{record.task_id});
}

void Supervisor::give_up(const std::string& task_id) {
  const std::lock_guard lock(mutex_);
  kept_.erase(task_id);
  post(ForgetCommand{task_id, false});
}

std::optional<TaskRecord> Supervisor::kept(const std::string& task_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(task_id);
  if (found == kept_.end()) return std::nullopt;
  return found->second;
}

bool Supervisor::wait_until_gone(const std::string& task_id, milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return !leaving_.contains(task_id); });
}

std::set<Seat> Supervisor::busy_seats() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

std::vector<StreamStatus> Supervisor::status(const std::string& task_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = statuses_.find(task_id);
  return found == statuses_.end() ? std::vector<StreamStatus>{} : found->second;
}

std::vector<SupervisedTask> Supervisor::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<SupervisedTask> tasks;
  tasks.reserve(statuses_.size());
  for (const auto& [id, statuses] : statuses_) {
    const auto changed = changes_.find(id);
    const bool is_known = changed != changes_.end();
    tasks.push_back({id, is_known ? changed->second.revision : 0,
                     is_known ? changed->second.changes : Changes{}, statuses});
  }
  return tasks;
}

// ---- the thread

void Supervisor::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, options_.tick, [&] { return !commands_.empty(); });
    }
    tools_.begin_round();
    while (auto command = next_command()) {
      std::visit([this](auto& what) { obey(std::move(what)); }, *command);
    }
    step_all();
  }
  stop_all();
}

std::optional<Supervisor::Command> Supervisor::next_command() {
  const std::lock_guard lock(mutex_);
  if (commands_.empty()) return std::nullopt;
  Command command = std::move(commands_.front());
  commands_.pop_front();
  return command;
}

void Supervisor::obey(RunCommand command) {
  const std::string id = command.record.task_id;
  const bus::Revision revision = command.revision;
  Task& task = tasks_[id];
  if (task.runner && !task.stopping && !task.runner->is_over()) {
    task.kept_until.reset();
    task.forget = false;
    task.ends_told.reset();
    publish_changes(id, revision, task.runner->change(std::move(command.record), revision));
    return;
  }
  Changes changes = all_added(command.record);
  if (!task.runner) {
    begin(task, std::move(command));
  } else {
    task.stopping = true;
    if (task.runner->has_process()) show_waiting(command);
    task.next = std::move(command);
  }
  publish_changes(id, revision, std::move(changes));
}

void Supervisor::obey(PointCommand command) {
  const auto found = tasks_.find(command.plan.record.task_id);
  if (found == tasks_.end() || found->second.stopping) return obey(std::move(command.plan));
  found->second.runner->point_elsewhere(std::move(command.plan.record), command.plan.revision);
}

void Supervisor::obey(CheckCommand /*command*/) {
  for (const auto& [id, task] : tasks_) task.runner->check_ingest_addresses();
}

void Supervisor::obey(EndUnclaimedCommand /*command*/) {
  shared_.go_on();
  const std::size_t killed = tools_.left.end_the_rest();
  if (killed > 0) log::warn("unclaimed_killed", {{"processes", killed}});
}

void Supervisor::obey(StopCommand command) {
  const auto found = tasks_.find(command.task_id);
  if (found == tasks_.end()) return;
  found->second.stopping = true;
  found->second.kept_until.reset();
  found->second.next.reset();
}

void Supervisor::obey(ForgetCommand command) {
  const auto found = tasks_.find(command.task_id);
  if (found == tasks_.end()) return clear(command.task_id, command.is_deleted);
  Task& task = found->second;
  task.forget = true;
  task.is_deleted = command.is_deleted;
  task.next.reset();
  if (!command.is_deleted) task.kept_until.reset();
  if (!command.is_deleted || options_.stop_grace.count() == 0) task.stopping = true;
  if (task.stopping) return;
  task.kept_until = Clock::now() + options_.stop_grace;
  task.runner->keep();
}

void Supervisor::step_all() {
  for (auto next = tasks_.begin(); next != tasks_.end();) {
    const auto here = next++;
    if (step(here->first, here->second)) tasks_.erase(here);
  }
  shared_.step();
  auto busy = shared_.busy();
  const std::lock_guard lock(mutex_);
  busy_ = std::move(busy);
}

void Supervisor::begin(Task& task, RunCommand plan) {
  task = Task{};
  task.runner = std::make_unique<TaskRunner>(tools_, std::move(plan.record), plan.revision);
}

bool Supervisor::step(const std::string& task_id, Task& task) {
  if (task.kept_until && (Clock::now() >= *task.kept_until || !task.runner->has_process())) {
    end_grace(task_id, task);
  }
  if (task.stopping) task.runner->stop();
  task.runner->step();
  publish_status(task_id, task);
  tell_ends(task_id, task);
  if (!task.runner->is_over() || !task.stopping) return false;
  if (task.forget) clear(task_id, task.is_deleted);
  if (task.next) {
    begin(task, std::move(*task.next));
    return false;
  }
  return task.forget;
}

void Supervisor::tell_ends(const std::string& task_id, Task& task) {
  if (task.stopping || task.kept_until) return;
  const std::size_t ends = task.runner->count_ended();
  if (task.ends_told != ends) hooks_.on_end(task_id);
  task.ends_told = ends;
}

void Supervisor::end_grace(const std::string& task_id, Task& task) {
  const std::lock_guard lock(mutex_);
  if (runs_next(task_id)) return;  // just in time
  kept_.erase(task_id);
  task.kept_until.reset();
  task.stopping = true;
}

void Supervisor::publish_status(const std::string& task_id, const Task& task) {
  auto statuses = task.runner->status();
  const std::lock_guard lock(mutex_);
  if (!runs_next(task_id)) statuses_[task_id] = std::move(statuses);
}

void Supervisor::show_waiting(const RunCommand& plan) {
  StreamStatus waiting;
  waiting.reason = StreamReason::kFormerEnds;
  waiting.text = "its former process still ends";
  waiting.since_us = unix_us();
  const std::lock_guard lock(mutex_);
  statuses_[plan.record.task_id].assign(plan.record.algorithms.size(), waiting);
}

void Supervisor::publish_changes(const std::string& task_id, bus::Revision revision, Changes changes) {
  const std::lock_guard lock(mutex_);
  changes_[task_id] = {revision, std::move(changes)};
  changed_.notify_all();
}

// What will run next is what is shown as soon as it was asked for.
bool Supervisor::runs_next(const std::string& task_id) const {
  const bool is_asked_for = std::any_of(commands_.begin(), commands_.end(), [&](const Command& command) {
    const auto* plan = std::get_if<RunCommand>(&command);
    return plan != nullptr && plan->record.task_id == task_id;
  });
  const auto task = tasks_.find(task_id);
  return is_asked_for || (task != tasks_.end() && task->second.next);
}

// Everything of the task but what runs next.
void Supervisor::clear(const std::string& task_id, bool is_deleted) {
  if (auto removed = remove_folder(task_folder(tools_.launcher.data_dir(), task_id)); !removed) {
    log::warn("task_folder_stays", {{"task", task_id}, {"reason", removed.error().message}});
  }
  if (is_deleted) hooks_.on_event({task_id, 0, "deleted", "", unix_us()});
  const std::lock_guard lock(mutex_);
  leaving_.erase(task_id);
  if (!runs_next(task_id)) {
    statuses_.erase(task_id);
    changes_.erase(task_id);
    kept_.erase(task_id);
  }
  changed_.notify_all();
}

// Their records stay as they are, so that they run again when the node does.
void Supervisor::stop_all() {
  for (auto& [id, task] : tasks_) {
    task.stopping = true;
    task.kept_until.reset();
    task.next.reset();
  }
  const auto is_over = [this] {
    return std::all_of(tasks_.begin(), tasks_.end(),
                       [](const auto& entry) { return entry.second.runner->is_over(); });
  };
  for (;;) {
    tools_.begin_round();
    tools_.kills = tools_.kills || (options_.is_in_a_hurry && options_.is_in_a_hurry());
    step_all();
    if (is_over() && !shared_.has_process()) return;
    std::this_thread::sleep_for(milliseconds(5));
  }
}

}  // namespace stream::api
