// Keeps the stream processes of this node running: one thread that starts, watches, restarts and ends them.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "free_port.hpp"
#include "run_policy.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_launcher.hpp"

namespace stream::api {

struct SupervisorOptions {
  RunPolicyOptions policy;
  std::uint64_t log_limit_bytes = 16 << 20;  // of each stream.log
  std::chrono::milliseconds tick{50};        // between two looks at the processes
  // From one start to the next: each takes seconds of a core and of the TPU until its model is loaded, and
  // many at once starve the processes that run. A start that is due waits in kWaiting.
  std::chrono::milliseconds start_gap{100};
};

// What the supervisor needs from its surroundings. Called on its thread; must not block for long.
struct SupervisorHooks {
  std::function<std::optional<NodeRecord>(const std::string& node)> find_ingest;  // empty: it is not up
  std::function<void(const TaskEvent&)> on_event;
  std::function<void(const std::string& task_id)> on_all_ended;  // every video was played to its end
};

// Thread-safe.
class Supervisor {
 public:
  Supervisor(const StreamLauncher& launcher, SupervisorHooks hooks, const SupervisorOptions& options,
             Metrics& metrics);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Ends all processes and returns when they are gone; after it nothing is started and no hook is called. The
  // destructor does the same.
  void shut_down();

  // Runs the task's stream processes. What ran under this id before is ended first.
  void run(const TaskRecord& record, bus::Revision revision);
  // The same task with other ingest-nodes: only processes that post to one that changed are restarted.
  void point_elsewhere(const TaskRecord& record, bus::Revision revision);
  // Restarts the processes whose ingest-node is at another address than they were started with.
  void check_ingest_addresses();
  // Ends the task's processes and, when `forget`, removes its files and its status.
  void stop(const std::string& task_id, bool forget);
  // Waits until nothing is left of a task that was stopped with `forget`. False: something still is.
  bool wait_until_gone(const std::string& task_id, std::chrono::milliseconds timeout);

  // One entry per algorithm; empty when the task was never run here. Never waits for a process.
  std::vector<RunStatus> status(const std::string& task_id) const;

 private:
  struct Run;
  struct Task;
  struct RunCommand {
    TaskRecord record;
    bus::Revision revision = 0;
  };
  struct StopCommand {
    std::string task_id;
    bool forget = false;
  };
  struct PointCommand {
    RunCommand plan;
  };
  struct CheckCommand {};
  using Command = std::variant<RunCommand, StopCommand, PointCommand, CheckCommand>;

  void work(const std::stop_token& stop);
  void obey(RunCommand command);
  void obey(StopCommand command);
  void obey(PointCommand command);
  void obey(CheckCommand command);
  void begin(Task& task, RunCommand plan);
  // True when the task is done with and to be forgotten.
  bool step(Task& task);
  void step(Task& task, Run& run);
  void start(Task& task, Run& run);
  void take_exit(Task& task, Run& run, const ExitStatus& exit);
  void finish_ended(Task& task);
  void publish_status(const Task& task);
  void forget(const std::string& task_id);
  bool runs_next(const std::string& task_id) const;  // REQUIRES: mutex_ is held, on the thread
  void stop_all();
  IngestReadiness readiness(const Task& task, Run& run) const;
  void tell(const Task& task, const Run& run, std::string_view kind, const std::string& text);

  const StreamLauncher& launcher_;
  const SupervisorHooks hooks_;
  const SupervisorOptions options_;
  const Counter started_, start_failures_, exited_, restarted_;

  mutable std::mutex mutex_;  // guards everything up to the next blank line
  std::condition_variable_any changed_;
  std::vector<Command> commands_;
  std::map<std::string, std::vector<RunStatus>> statuses_;
  std::set<std::string> leaving_;  // stopped with `forget`, not gone yet

  PortPool ports_;
  std::map<std::string, std::unique_ptr<Task>> tasks_;  // owned by the thread
  RunPolicy::Clock::time_point log_check_due_{};        // owned by the thread
  RunPolicy::Clock::time_point next_start_{};           // owned by the thread

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::api
