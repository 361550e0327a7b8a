// The stream processes of one task.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "algorithm_run.hpp"
#include "changes.hpp"
#include "runner_tools.hpp"
#include "stream/bus/bus.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::api {

// Starts, watches, restarts and ends them, one per algorithm, as far as it is called: step() does what is
// due. Confined to one thread.
class TaskRunner {
 public:
  // `tools` must outlive it.
  TaskRunner(RunnerTools& tools, TaskRecord record, bus::Revision revision);

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

  bool has_process() const;
  // All have ended, or were ended.
  bool is_over() const;
  // So many of the record's algorithms have, for good; what was ended has not.
  std::size_t count_ended() const;
  // One entry per algorithm of the record.
  std::vector<StreamStatus> status() const;

 private:
  // One of them, and what follows it.
  struct Slot {
    std::unique_ptr<AlgorithmRun> run;
    bool begins_anew = false;  // as soon as its process is gone
  };

  bool goes_on(const Slot& slot, const TaskRecord& now) const;
  void restart(Slot& slot);
  void step(Slot& slot);
  void drop_removed();
  Slot make_slot(std::size_t algorithm) const;
  // The same, without what it remembers: whoever asks for it wants a try now.
  Slot make_anew(std::uint32_t algorithm) const;

  RunnerTools& tools_;
  TaskRecord record_;
  bus::Revision revision_;
  // By algorithm; beyond those of the record the ones that were removed, until they are gone.
  std::vector<Slot> slots_;
  bool keeping_ = false;
};

}  // namespace stream::api
