// The stream processes of one task.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "changes.hpp"
#include "free_port.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_launcher.hpp"
#include "supervisor_options.hpp"

namespace stream::api {

// What the runners of a node share. Confined to their thread.
struct RunnerTools {
  const StreamLauncher& launcher;
  const SupervisorHooks& hooks;
  const SupervisorOptions& options;
  const Counter started, start_failures, exited, restarted;
  PortPool ports{};
  RunPolicy::Clock::time_point next_start{};
};

// Starts, watches, restarts and ends them, one per algorithm, as far as it is called: step() does what is
// due. Confined to one thread.
class TaskRunner {
 public:
  // `tools` must outlive it.
  TaskRunner(RunnerTools& tools, TaskRecord record, bus::Revision revision);
  ~TaskRunner();  // kills what still runs
  TaskRunner(const TaskRunner&) = delete;
  TaskRunner& operator=(const TaskRunner&) = delete;

  const TaskRecord& record() const { return record_; }

  // Another definition of the task. Processes that were started with exactly what they would be started with
  // now go on untouched, the others are restarted, begun or ended. After keep() it is a new life of the task:
  // what has ended meanwhile is started again, too.
  Changes change(TaskRecord record, bus::Revision revision);
  // The same task with other ingest-nodes: only processes that post to one that changed are restarted.
  void point_elsewhere(TaskRecord record, bus::Revision revision);
  // Restarts the processes whose ingest-node is at another address than they were started with.
  void check_ingest_addresses();
  // Processes go on, but none is started any more.
  void keep();
  // Ends all of them.
  void stop();

  void step();
  void cap_log_files() const;

  bool has_process() const;
  // All have ended, or were ended.
  bool is_over() const;
  // One entry per algorithm of the record.
  std::vector<RunStatus> status() const;

 private:
  struct Run;

  bool goes_on(const Run& run, const TaskRecord& now) const;
  void restart(std::unique_ptr<Run>& run);
  void step(std::unique_ptr<Run>& run);
  void start(Run& run);
  void take_exit(Run& run, const ExitStatus& exit);
  void drop_removed();
  std::unique_ptr<Run> make_run(std::uint32_t algorithm) const;
  IngestReadiness readiness(Run& run) const;
  void tell(const Run& run, std::string_view kind, const std::string& text) const;

  RunnerTools& tools_;
  TaskRecord record_;
  bus::Revision revision_;
  // By algorithm; beyond those of the record the ones that were removed, until they are gone.
  std::vector<std::unique_ptr<Run>> runs_;
  bool keeping_ = false;
};

}  // namespace stream::api
