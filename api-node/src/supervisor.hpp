// Keeps the stream processes of this node running: one thread that starts, watches, restarts and ends them.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "changes.hpp"
#include "shared_runs.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_launcher.hpp"
#include "supervisor_options.hpp"
#include "task_runner.hpp"

namespace stream::api {

// A task that is run here, or was run last.
struct SupervisedTask {
  std::string task_id;
  bus::Revision revision = 0;          // of the record that was acted on last
  Changes changes;                     // what that has changed
  std::vector<StreamStatus> statuses;  // one per algorithm
};

// Thread-safe.
class Supervisor {
 public:
  Supervisor(const StreamLauncher& launcher, SupervisorHooks hooks, const SupervisorOptions& options,
             Metrics& metrics);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // The constructor finds what a former api-node of this name has left; what run() asks for goes on, see
  // end_unclaimed().
  //
  // Ends all processes and returns when they are gone; after it nothing is started and no hook is called. The
  // destructor does the same.
  void shut_down();
  // Runs the task's stream processes. Of those that run under this id, or are kept, the ones that need the
  // very same configuration go on untouched; nothing else of the task's does.
  void run(const TaskRecord& record, bus::Revision revision);
  // What run() for this revision has changed; empty when that is not known within `timeout`.
  std::optional<Changes> changes_of(const std::string& task_id, bus::Revision revision,
                                    std::chrono::milliseconds timeout);
  // The same task with other ingest-nodes: only processes that post to one that changed are restarted.
  void point_elsewhere(const TaskRecord& record, bus::Revision revision);
  // Restarts the processes whose ingest-node is at another address than they were started with.
  void check_ingest_addresses();
  // All tasks are known and were given to run(): what a former api-node has left and no task goes on with is
  // killed.
  void end_unclaimed();
  // Ends the task's processes, kept ones included, at once; its files and its status stay.
  void stop(const std::string& task_id);
  // The task is deleted: its processes are kept for stop_grace, unless run() comes, then ended; then its
  // files and its status go.
  void forget(const TaskRecord& record);
  // Another node runs the task now: its processes are ended at once, kept ones included; then its files and
  // its status go.
  void give_up(const std::string& task_id);
  // The record of a deleted task whose processes are kept.
  std::optional<TaskRecord> kept(const std::string& task_id) const;
  // Waits until nothing is left of a task that was forgotten, or it is kept. False: something is left.
  bool wait_until_gone(const std::string& task_id, std::chrono::milliseconds timeout);

  // Places in shared processes that no other camera must get now: frames of a former one may still come.
  std::set<Seat> busy_seats() const;

  // One entry per algorithm; empty when the task was never run here. Never waits for a process.
  std::vector<StreamStatus> status(const std::string& task_id) const;
  // The same of all tasks.
  std::vector<SupervisedTask> all() const;

 private:
  struct RunCommand {
    TaskRecord record;
    bus::Revision revision = 0;
  };
  struct PointCommand {
    RunCommand plan;
  };
  struct CheckCommand {};
  struct EndUnclaimedCommand {};
  struct StopCommand {
    std::string task_id;
  };
  struct ForgetCommand {
    std::string task_id;
    bool is_deleted = true;  // else: another node's
  };
  using Command =
      std::variant<RunCommand, PointCommand, CheckCommand, EndUnclaimedCommand, StopCommand, ForgetCommand>;

  // Of the thread.
  struct Task {
    std::unique_ptr<TaskRunner> runner{};
    bool stopping = false;
    bool forget = false;                     // once everything has stopped
    bool is_deleted = false;                 // why it is to be forgotten
    std::optional<std::size_t> ends_told{};  // how many, to hooks_.on_end; empty: of another record
    std::optional<std::chrono::steady_clock::time_point> kept_until{};  // deleted, and what runs is kept
    std::optional<RunCommand> next{};  // what is run once everything has stopped
  };

  void post(Command command);  // REQUIRES: mutex_ is held
  void work(const std::stop_token& stop);
  std::optional<Command> next_command();
  void obey(RunCommand command);
  void obey(PointCommand command);
  void obey(CheckCommand command);
  void obey(EndUnclaimedCommand command);
  void obey(StopCommand command);
  void obey(ForgetCommand command);
  void begin(Task& task, RunCommand plan);
  void step_all();
  // True when the task is done with and to be forgotten.
  bool step(const std::string& task_id, Task& task);
  void tell_ends(const std::string& task_id, Task& task);
  void end_grace(const std::string& task_id, Task& task);
  void publish_status(const std::string& task_id, const Task& task);
  void show_waiting(const RunCommand& plan);
  void publish_changes(const std::string& task_id, bus::Revision revision, Changes changes);
  void clear(const std::string& task_id, bool is_deleted);
  bool runs_next(const std::string& task_id) const;  // REQUIRES: mutex_ is held, on the thread
  void stop_all();

  struct Changed {
    bus::Revision revision = 0;
    Changes changes;
  };

  const SupervisorHooks hooks_;
  const SupervisorOptions options_;

  mutable std::mutex mutex_;  // guards everything up to the next blank line
  std::condition_variable_any changed_;
  std::deque<Command> commands_;
  std::map<std::string, std::vector<StreamStatus>> statuses_;
  std::map<std::string, Changed> changes_;  // by the last run() of each task
  std::map<std::string, TaskRecord> kept_;
  std::set<std::string> leaving_;  // forgotten and not kept, not gone yet
  std::set<Seat> busy_;            // see busy_seats()

  RunnerTools tools_;                  // the thread's
  SharedRuns shared_;                  // the thread's
  std::map<std::string, Task> tasks_;  // the thread's

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::api
