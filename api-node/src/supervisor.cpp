#include "supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "config_files.hpp"
#include "stragglers.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"

namespace stream::api {
namespace {

using Clock = RunPolicy::Clock;
using std::chrono::milliseconds;

std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

struct Supervisor::Run {
  Run(std::uint32_t algorithm_in, const RunPolicyOptions& options)
      : algorithm(algorithm_in), policy(Clock::now(), options) {}

  const std::uint32_t algorithm;
  RunPolicy policy;
  RunStatus status;
  std::optional<Process> process;
  std::uint16_t port = 0;      // its control port; 0: none
  std::string ingest_address;  // where the process was told to post
  bool failed = false;         // it ended abnormally and was not started since
};

struct Supervisor::Task {
  TaskRecord record;
  bus::Revision revision = 0;
  std::vector<Run> runs;
  bool stopping = false;
  bool forget = false;               // remove its files once everything has stopped
  bool end_told = false;             // hooks_.on_all_ended was called
  std::optional<RunCommand> next{};  // what is run once everything has stopped

  bool is_over() const {
    return std::all_of(runs.begin(), runs.end(), [](const Run& run) { return run.policy.is_over(); });
  }
};

Supervisor::Supervisor(const StreamLauncher& launcher, SupervisorHooks hooks,
                       const SupervisorOptions& options, Metrics& metrics)
    : launcher_(launcher),
      hooks_(std::move(hooks)),
      options_(options),
      started_(metrics.counter("stream_api_processes_started_total", "Stream processes started")),
      start_failures_(metrics.counter("stream_api_process_start_failures_total",
                                      "Stream processes that could not be started")),
      exited_(metrics.counter("stream_api_processes_exited_total",
                              "Stream processes that ended, for any reason")),
      restarted_(metrics.counter("stream_api_processes_restarted_total",
                                 "Stream processes started again after an abnormal end")),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

Supervisor::~Supervisor() = default;

void Supervisor::shut_down() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Supervisor::run(const TaskRecord& record, bus::Revision revision) {
  RunStatus waiting;
  waiting.since_us = unix_us();
  const std::lock_guard lock(mutex_);
  statuses_[record.task_id].assign(record.algorithms.size(), waiting);
  commands_.emplace_back(RunCommand{record, revision});
  changed_.notify_all();
}

void Supervisor::point_elsewhere(const TaskRecord& record, bus::Revision revision) {
  const std::lock_guard lock(mutex_);
  commands_.emplace_back(PointCommand{{record, revision}});
  changed_.notify_all();
}

void Supervisor::check_ingest_addresses() {
  const std::lock_guard lock(mutex_);
  commands_.emplace_back(CheckCommand{});
  changed_.notify_all();
}

void Supervisor::stop(const std::string& task_id, bool forget) {
  const std::lock_guard lock(mutex_);
  if (forget) leaving_.insert(task_id);
  commands_.emplace_back(StopCommand{task_id, forget});
  changed_.notify_all();
}

bool Supervisor::wait_until_gone(const std::string& task_id, milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return !leaving_.contains(task_id); });
}

std::vector<RunStatus> Supervisor::status(const std::string& task_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = statuses_.find(task_id);
  return found == statuses_.end() ? std::vector<RunStatus>{} : found->second;
}

void Supervisor::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<Command> commands;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, options_.tick, [&] { return !commands_.empty(); });
      commands.swap(commands_);
    }
    for (Command& command : commands) {
      std::visit([this](auto& what) { obey(std::move(what)); }, command);
    }
    std::erase_if(tasks_, [this](const auto& entry) { return step(*entry.second); });
    if (Clock::now() >= log_check_due_) {
      for (const auto& [id, task] : tasks_) {
        for (const Run& run : task->runs)
          cap_log_file(launcher_.log_file(id, run.algorithm), options_.log_limit_bytes);
      }
      log_check_due_ = Clock::now() + std::chrono::seconds(1);
    }
  }
  stop_all();
}

void Supervisor::obey(RunCommand command) {
  auto& task = tasks_[command.record.task_id];
  if (!task) {
    task = std::make_unique<Task>();
    begin(*task, std::move(command));
    return;
  }
  task->stopping = true;
  task->next = std::move(command);
}

void Supervisor::obey(StopCommand command) {
  const auto found = tasks_.find(command.task_id);
  if (found == tasks_.end()) {
    if (command.forget) forget(command.task_id);
    return;
  }
  found->second->stopping = true;
  found->second->next.reset();
  found->second->forget = found->second->forget || command.forget;
}

void Supervisor::obey(PointCommand command) {
  RunCommand& plan = command.plan;
  const auto found = tasks_.find(plan.record.task_id);
  if (found == tasks_.end() || found->second->stopping) return obey(std::move(plan));
  Task& task = *found->second;
  for (Run& run : task.runs) {
    const std::string& before = task.record.algorithms[run.algorithm].ingest_node;
    const std::string& now = plan.record.algorithms[run.algorithm].ingest_node;
    if (before == now || run.policy.is_over()) continue;
    run.policy.request_restart(Clock::now());  // what is not running finds its ingest-node when it starts
    tell(task, run, "moved", fmt::format("from ingest-node {} to {}", before, now));
  }
  task.record = std::move(plan.record);
  task.revision = plan.revision;
}

void Supervisor::obey(CheckCommand /*command*/) {
  for (const auto& [id, task] : tasks_) {
    for (Run& run : task->runs) {
      if (!run.process) continue;
      const auto node = hooks_.find_ingest(task->record.algorithms[run.algorithm].ingest_node);
      if (!node || node->address == run.ingest_address || !run.policy.request_restart(Clock::now())) continue;
      tell(*task, run, "moved", fmt::format("ingest-node {} is at {} now", node->node, node->address));
    }
  }
}

void Supervisor::begin(Task& task, RunCommand plan) {
  task = Task{std::move(plan.record), plan.revision, {}, false, false, false, {}};
  for (std::uint32_t i = 0; i < task.record.algorithms.size(); ++i) {
    Run& run = task.runs.emplace_back(i, options_.policy);
    run.status.since_us = unix_us();
  }
}

bool Supervisor::step(Task& task) {
  for (Run& run : task.runs) {
    if (task.stopping) run.policy.request_stop(Clock::now());
    step(task, run);
  }
  publish_status(task);
  if (!task.is_over()) return false;
  if (!task.stopping) {
    finish_ended(task);
    return false;
  }
  if (task.forget) forget(task.record.task_id);
  if (task.next) {
    begin(task, std::move(*task.next));
    return false;
  }
  return task.forget;
}

void Supervisor::step(Task& task, Run& run) {
  if (run.process) {
    if (const auto exit = run.process->poll()) take_exit(task, run, *exit);
  }
  switch (run.policy.next(Clock::now(), readiness(task, run))) {
    case RunPolicy::Action::kNone:
      break;
    case RunPolicy::Action::kStart:
      if (Clock::now() >= next_start_) start(task, run);
      break;
    case RunPolicy::Action::kTerminate:
      run.process->signal(SIGTERM);
      break;
    case RunPolicy::Action::kKill:
      log::warn("stream_killed", {{"task", task.record.task_id}, {"algorithm", run.algorithm}});
      run.process->signal(SIGKILL);
      break;
  }
  if (run.status.state != run.policy.state()) {
    run.status.state = run.policy.state();
    run.status.since_us = unix_us();
  }
}

// Looked up only where it matters.
IngestReadiness Supervisor::readiness(const Task& task, Run& run) const {
  if (run.policy.state() != RunState::kWaiting && run.policy.state() != RunState::kBackoff) {
    return IngestReadiness::kAbsent;
  }
  const std::string& name = task.record.algorithms[run.algorithm].ingest_node;
  const auto node = hooks_.find_ingest(name);
  if (!node) {
    if (run.policy.state() == RunState::kWaiting)
      run.status.reason = fmt::format("ingest-node {} is not up", name);
    return IngestReadiness::kAbsent;
  }
  return node->tasks_revision >= task.revision ? IngestReadiness::kReady : IngestReadiness::kBehind;
}

void Supervisor::start(Task& task, Run& run) {
  const auto node = hooks_.find_ingest(task.record.algorithms[run.algorithm].ingest_node);
  next_start_ = Clock::now() + options_.start_gap;
  auto port = ports_.take();
  fail_point("api.before_launch");
  auto process = !node   ? Result<Process>(fail(ErrorCode::kUnavailable, "the ingest-node is gone"))
                 : !port ? Result<Process>(tl::unexpected(port.error()))
                         : launcher_.launch(task.record, run.algorithm, node->address, *port);
  if (!process) {
    if (port) ports_.give_back(*port);
    start_failures_.add();
    run.policy.on_start_failed(Clock::now());
    run.status.reason = mask_secrets(process.error().message);
    tell(task, run, "start_failed", run.status.reason);
    return;
  }
  fail_point("api.after_launch");
  run.policy.on_started(Clock::now());
  run.port = *port;
  run.ingest_address = node->address;
  run.process = std::move(*process);
  run.status.pid = run.process->pid();
  run.status.reason.clear();
  started_.add();
  if (std::exchange(run.failed, false)) {
    ++run.status.restarts;
    restarted_.add();
  }
  tell(task, run, "started", fmt::format("pid {}", run.status.pid));
}

void Supervisor::take_exit(Task& task, Run& run, const ExitStatus& exit) {
  run.process.reset();
  const auto folder = algorithm_folder(launcher_.data_dir(), task.record.task_id, run.algorithm);
  if (const auto killed = kill_stragglers(task.record.api_node, folder); killed > 0) {
    log::warn("stragglers_killed", {{"task", task.record.task_id}, {"processes", killed}});
  }
  ports_.give_back(std::exchange(run.port, std::uint16_t{0}));
  exited_.add();
  run.policy.on_exit(Clock::now(), exit);
  run.status.pid = 0;
  if (run.policy.state() == RunState::kWaiting) return;  // as we asked, to be started again
  run.status.last_exit = exit.text();
  if (run.policy.state() == RunState::kBackoff) {
    run.failed = true;
    run.status.reason = fmt::format("{}; next start in {} s", exit.text(), run.policy.delay().count() / 1000);
    tell(task, run, "exited", run.status.reason);
  } else {
    run.status.reason.clear();
    tell(task, run, name_of(run.policy.state()), exit.text());
  }
}

void Supervisor::finish_ended(Task& task) {
  if (std::exchange(task.end_told, true)) return;
  hooks_.on_all_ended(task.record.task_id);
}

void Supervisor::publish_status(const Task& task) {
  std::vector<RunStatus> statuses;
  for (const Run& run : task.runs) statuses.push_back(run.status);
  const std::lock_guard lock(mutex_);
  if (!runs_next(task.record.task_id)) statuses_[task.record.task_id] = std::move(statuses);
}

// What will run next is what is shown as soon as it was asked for.
bool Supervisor::runs_next(const std::string& task_id) const {
  const bool is_asked_for = std::any_of(commands_.begin(), commands_.end(), [&](const Command& command) {
    const auto* plan = std::get_if<RunCommand>(&command);
    return plan != nullptr && plan->record.task_id == task_id;
  });
  const auto task = tasks_.find(task_id);
  return is_asked_for || (task != tasks_.end() && task->second->next);
}

void Supervisor::forget(const std::string& task_id) {
  if (auto removed = remove_task_folder(launcher_.data_dir(), task_id); !removed) {
    log::warn("task_folder_stays", {{"task", task_id}, {"reason", removed.error().message}});
  }
  hooks_.on_event({task_id, 0, "deleted", "", unix_us()});
  const std::lock_guard lock(mutex_);
  leaving_.erase(task_id);
  if (!runs_next(task_id)) statuses_.erase(task_id);
  changed_.notify_all();
}

// Their records stay as they are, so that they run again when the node does.
void Supervisor::stop_all() {
  for (const auto& [id, task] : tasks_) {
    task->stopping = true;
    task->next.reset();
  }
  const auto is_over = [this] {
    return std::all_of(tasks_.begin(), tasks_.end(),
                       [](const auto& entry) { return entry.second->is_over(); });
  };
  while (!is_over()) {
    for (const auto& [id, task] : tasks_) step(*task);
    std::this_thread::sleep_for(milliseconds(5));
  }
}

void Supervisor::tell(const Task& task, const Run& run, std::string_view kind, const std::string& text) {
  const bool is_trouble = run.policy.state() == RunState::kBackoff;
  log::write(is_trouble ? log::Level::kWarn : log::Level::kInfo, fmt::format("stream_{}", kind),
             {{"task", task.record.task_id}, {"algorithm", run.algorithm}, {"detail", text}});
  hooks_.on_event({task.record.task_id, run.algorithm, std::string(kind), text, unix_us()});
}

}  // namespace stream::api
