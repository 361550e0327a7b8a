// A stream process of a task's own over its whole life: started, watched, ended and started again, as its
// machine decides.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "algorithm_run.hpp"
#include "ingest_sight.hpp"
#include "once_log.hpp"
#include "runner_tools.hpp"
#include "running_process.hpp"
#include "stream/bus/bus.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_machine.hpp"
#include "stream_state.hpp"
#include "watched_video.hpp"

namespace stream::api {

// Confined to one thread. The destructor kills a child that still runs, and leaves an adopted process alone.
class StreamRun final : public AlgorithmRun {
 public:
  // `tools` must outlive it. A process that a former api-node left for this algorithm goes on; should it need
  // another configuration now, it is restarted. What has ended, as the record or the algorithm's folder says,
  // is not run again; what that says of other ends is gone on with.
  StreamRun(RunnerTools& tools, const TaskRecord& record, std::uint32_t algorithm);

  void step(const TaskRecord& record, bus::Revision revision) override;

  void set_record(const TaskRecord& record) override;
  void request_stop() override;
  bool request_restart() override;
  bool has_begun_anew() const override { return process_.pid() != left_pid_; }
  void leave_ingest() override { request_restart(); }
  bool follow_ingest(const TaskRecord& record) override;
  bool suits(const TaskRecord& record) const override;

  std::uint32_t algorithm() const override { return algorithm_; }
  bool has_process() const override { return process_.is_there(); }
  bool is_over() const override { return machine_.is_over(); }
  const StreamStatus& status() const override { return status_; }

  // Logs it once, until the process was healthy or somebody asked for something; repetitions are for the
  // level debug.
  void tell(std::string_view kind, const std::string& text) override;

 private:
  using Clock = StreamMachine::Clock;

  bool restore_end(StreamStatus end);
  bool recall(const TaskRecord& record);
  void remember(const TaskRecord& record);
  void adopt(const TaskRecord& record);
  void take_unseen_end(const TaskRecord& record);
  bool fits(const ProcessRecord& known, const Launch& launch) const;
  void start(const TaskRecord& record);
  void take_exit(const TaskRecord& record, const ProcessEnd& end);
  void look_at_video(const TaskRecord& record);
  void read_signs(const TaskRecord& record);
  void read_earlier_log(const ProcessRecord& known);
  StreamMachine::Look look(const TaskRecord& record, bus::Revision revision);
  StreamReason wait(const TaskRecord& record, bus::Revision revision);
  StreamReason hindrance(const TaskRecord& record);
  void publish_status();

  RunnerTools& tools_;
  const std::string task_id_;
  const std::uint32_t algorithm_;
  StreamMachine machine_;
  StreamStatus status_;
  StreamMachine::Trouble remembered_;  // that is written down
  bool end_is_remembered_ = false;

  // Of the process that is there, or was last.
  RunningProcess process_;
  pid_t left_pid_ = 0;  // that was there when a restart was asked for last
  WatchedVideo video_;
  Clock::time_point next_look_{};
  IngestSight ingest_sight_;
  OnceLog once_;
};

}  // namespace stream::api
