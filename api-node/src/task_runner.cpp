#include "task_runner.hpp"

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

std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

struct TaskRunner::Run {
  Run(std::uint32_t algorithm_in, const RunPolicyOptions& options)
      : algorithm(algorithm_in), policy(Clock::now(), options) {
    status.since_us = unix_us();
  }

  const std::uint32_t algorithm;
  RunPolicy policy;
  RunStatus status;
  std::optional<Process> process;
  std::optional<Launch> launch;  // what the process was started with, the last one if there is none now
  std::uint16_t port = 0;        // its control port; 0: none
  std::string ingest_address;    // where the process was told to post
  bool failed = false;           // it ended abnormally and was not started since
  bool begins_anew = false;      // once it is over
};

TaskRunner::TaskRunner(RunnerTools& tools, TaskRecord record, bus::Revision revision)
    : tools_(tools), record_(std::move(record)), revision_(revision) {
  for (std::uint32_t i = 0; i < record_.algorithms.size(); ++i) runs_.push_back(make_run(i));
}

TaskRunner::~TaskRunner() = default;

std::unique_ptr<TaskRunner::Run> TaskRunner::make_run(std::uint32_t algorithm) const {
  return std::make_unique<Run>(algorithm, tools_.options.policy);
}

// ---- changes

Changes TaskRunner::change(TaskRecord record, bus::Revision revision) {
  std::vector<bool> same;
  for (std::size_t i = 0; i < std::min(record_.algorithms.size(), record.algorithms.size()); ++i) {
    same.push_back(goes_on(*runs_[i], record));
  }
  Changes changes = plan_changes(record_, record, same);
  record_ = std::move(record);
  revision_ = revision;
  const bool was_kept = std::exchange(keeping_, false);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change change = changes[i].change;
    if (change == Change::kAdded && i == runs_.size()) {
      runs_.push_back(make_run(static_cast<std::uint32_t>(i)));
    } else if (change == Change::kAdded || change == Change::kRestarted) {
      restart(runs_[i]);
    } else if (change == Change::kRemoved) {
      runs_[i]->begins_anew = false;
      runs_[i]->policy.request_stop(Clock::now());
    }
    if (was_kept || change != Change::kUnchanged) {
      tell(*runs_[i], was_kept ? "created_again" : "changed", std::string(name_of(change)));
    }
  }
  return changes;
}

bool TaskRunner::goes_on(const Run& run, const TaskRecord& now) const {
  if (!run.launch || run.begins_anew || (keeping_ && run.policy.is_over())) return false;
  const std::string& name = now.algorithms[run.algorithm].ingest_node;
  if (name != record_.algorithms[run.algorithm].ingest_node) return false;
  // An ingest-node that is away for a moment is no reason for a restart.
  const auto node = tools_.hooks.find_ingest(name);
  const auto launch =
      tools_.launcher.prepare(now, run.algorithm, node ? node->address : run.ingest_address, run.port);
  return launch && *launch == *run.launch;
}

// Its process, if there is one, ends first: both would work in one folder.
void TaskRunner::restart(std::unique_ptr<Run>& run) {
  if (!run->process) {
    run = make_run(run->algorithm);
    return;
  }
  run->policy.request_restart(Clock::now());
  run->begins_anew = true;  // should it be ending already, for another reason
}

void TaskRunner::point_elsewhere(TaskRecord record, bus::Revision revision) {
  for (std::size_t i = 0; i < record.algorithms.size(); ++i) {
    Run& run = *runs_[i];
    const std::string& before = record_.algorithms[i].ingest_node;
    const std::string& now = record.algorithms[i].ingest_node;
    if (before == now || run.policy.is_over()) continue;
    run.policy.request_restart(Clock::now());  // what is not running finds its ingest-node when it starts
    tell(run, "moved", fmt::format("from ingest-node {} to {}", before, now));
  }
  record_ = std::move(record);
  revision_ = revision;
}

void TaskRunner::check_ingest_addresses() {
  if (keeping_) return;
  for (std::size_t i = 0; i < record_.algorithms.size(); ++i) {
    Run& run = *runs_[i];
    if (!run.process) continue;
    const auto node = tools_.hooks.find_ingest(record_.algorithms[i].ingest_node);
    if (!node || node->address == run.ingest_address || !run.policy.request_restart(Clock::now())) continue;
    tell(run, "moved", fmt::format("ingest-node {} is at {} now", node->node, node->address));
  }
}

void TaskRunner::keep() {
  keeping_ = true;
  for (const auto& run : runs_) {
    if (run->process) tell(*run, "kept", fmt::format("pid {}", run->status.pid));
  }
}

void TaskRunner::stop() {
  for (const auto& run : runs_) {
    run->begins_anew = false;
    run->policy.request_stop(Clock::now());
  }
}

// ---- what is due

void TaskRunner::step() {
  for (auto& run : runs_) step(run);
  drop_removed();
}

void TaskRunner::step(std::unique_ptr<Run>& run) {
  if (run->process) {
    if (const auto exit = run->process->poll()) take_exit(*run, *exit);
  }
  if (keeping_ && !run->process) run->policy.request_stop(Clock::now());
  switch (run->policy.next(Clock::now(), readiness(*run))) {
    case RunPolicy::Action::kNone:
      break;
    case RunPolicy::Action::kStart:
      if (Clock::now() >= tools_.next_start) start(*run);
      break;
    case RunPolicy::Action::kTerminate:
      run->process->signal(SIGTERM);
      break;
    case RunPolicy::Action::kKill:
      log::warn("stream_killed", {{"task", record_.task_id}, {"algorithm", run->algorithm}});
      run->process->signal(SIGKILL);
      break;
  }
  if (run->status.state != run->policy.state()) {
    run->status.state = run->policy.state();
    run->status.since_us = unix_us();
  }
  if (run->begins_anew && run->policy.is_over()) run = make_run(run->algorithm);
}

// Looked up only where it matters.
IngestReadiness TaskRunner::readiness(Run& run) const {
  if (run.policy.state() != RunState::kWaiting && run.policy.state() != RunState::kBackoff) {
    return IngestReadiness::kAbsent;
  }
  const std::string& name = record_.algorithms[run.algorithm].ingest_node;
  const auto node = tools_.hooks.find_ingest(name);
  if (!node) {
    if (run.policy.state() == RunState::kWaiting)
      run.status.reason = fmt::format("ingest-node {} is not up", name);
    return IngestReadiness::kAbsent;
  }
  return node->tasks_revision >= revision_ ? IngestReadiness::kReady : IngestReadiness::kBehind;
}

void TaskRunner::start(Run& run) {
  tools_.next_start = Clock::now() + tools_.options.start_gap;
  run.begins_anew = false;
  const auto node = tools_.hooks.find_ingest(record_.algorithms[run.algorithm].ingest_node);
  auto port = tools_.ports.take();
  fail_point("api.before_launch");
  auto launch = !node   ? Result<Launch>(fail(ErrorCode::kUnavailable, "the ingest-node is gone"))
                : !port ? Result<Launch>(tl::unexpected(port.error()))
                        : tools_.launcher.prepare(record_, run.algorithm, node->address, *port);
  auto process = launch.and_then(
      [&](const Launch& prepared) { return tools_.launcher.launch(record_, run.algorithm, prepared); });
  if (!process) {
    if (port) tools_.ports.give_back(*port);
    tools_.start_failures.add();
    run.policy.on_start_failed(Clock::now());
    run.status.reason = mask_secrets(process.error().message);
    tell(run, "start_failed", run.status.reason);
    return;
  }
  fail_point("api.after_launch");
  run.policy.on_started(Clock::now());
  run.port = *port;
  run.ingest_address = node->address;
  run.launch = *std::move(launch);
  run.process = std::move(*process);
  run.status.pid = run.process->pid();
  run.status.reason.clear();
  tools_.started.add();
  if (std::exchange(run.failed, false)) {
    ++run.status.restarts;
    tools_.restarted.add();
  }
  tell(run, "started", fmt::format("pid {}", run.status.pid));
}

void TaskRunner::take_exit(Run& run, const ExitStatus& exit) {
  run.process.reset();
  const auto folder = algorithm_folder(tools_.launcher.data_dir(), record_.task_id, run.algorithm);
  if (const auto killed = kill_stragglers(record_.api_node, folder); killed > 0) {
    log::warn("stragglers_killed", {{"task", record_.task_id}, {"processes", killed}});
  }
  tools_.ports.give_back(run.port);
  tools_.exited.add();
  run.policy.on_exit(Clock::now(), exit);
  run.status.pid = 0;
  if (run.policy.state() == RunState::kWaiting) return;  // as we asked, to be started again
  run.status.last_exit = exit.text();
  if (run.policy.state() == RunState::kBackoff) {
    run.failed = true;
    run.status.reason = fmt::format("{}; next start in {} s", exit.text(), run.policy.delay().count() / 1000);
    tell(run, "exited", run.status.reason);
  } else {
    run.status.reason.clear();
    tell(run, name_of(run.policy.state()), exit.text());
  }
}

void TaskRunner::drop_removed() {
  while (runs_.size() > record_.algorithms.size() && runs_.back()->policy.is_over()) {
    const auto folder =
        algorithm_folder(tools_.launcher.data_dir(), record_.task_id, runs_.back()->algorithm);
    if (auto removed = remove_folder(folder); !removed) {
      log::warn("algorithm_folder_stays", {{"task", record_.task_id}, {"reason", removed.error().message}});
    }
    runs_.pop_back();
  }
}

void TaskRunner::cap_log_files() const {
  for (const auto& run : runs_) {
    cap_log_file(tools_.launcher.log_file(record_.task_id, run->algorithm), tools_.options.log_limit_bytes);
  }
}

// ---- how it stands

bool TaskRunner::has_process() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const auto& run) { return run->process.has_value(); });
}

bool TaskRunner::is_over() const {
  return std::all_of(runs_.begin(), runs_.end(), [](const auto& run) { return run->policy.is_over(); });
}

std::vector<RunStatus> TaskRunner::status() const {
  std::vector<RunStatus> statuses;
  for (std::size_t i = 0; i < record_.algorithms.size(); ++i) statuses.push_back(runs_[i]->status);
  return statuses;
}

void TaskRunner::tell(const Run& run, std::string_view kind, const std::string& text) const {
  const bool is_trouble = run.policy.state() == RunState::kBackoff;
  log::write(is_trouble ? log::Level::kWarn : log::Level::kInfo, fmt::format("stream_{}", kind),
             {{"task", record_.task_id}, {"algorithm", run.algorithm}, {"detail", text}});
  tools_.hooks.on_event({record_.task_id, run.algorithm, std::string(kind), text, unix_us()});
}

}  // namespace stream::api
