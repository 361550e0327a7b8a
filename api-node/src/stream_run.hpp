// One stream process of a task over its whole life: started, watched, ended and started again, as its machine
// decides.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "output_log.hpp"
#include "runner_tools.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_launcher.hpp"
#include "stream_machine.hpp"
#include "stream_process.hpp"
#include "stream_state.hpp"
#include "video_flow.hpp"

namespace stream::api {

// Confined to one thread. The destructor kills a child that still runs, and leaves an adopted process alone.
class StreamRun {
 public:
  // `tools` must outlive it. A process that a former api-node left for this algorithm goes on; should it need
  // another configuration now, it is restarted.
  StreamRun(RunnerTools& tools, const TaskRecord& record, std::uint32_t algorithm);
  ~StreamRun();
  StreamRun(const StreamRun&) = delete;
  StreamRun& operator=(const StreamRun&) = delete;

  // Does what is due. `revision`: of the record.
  void step(const TaskRecord& record, bus::Revision revision);

  // The task's definition has changed, the process goes on.
  void set_record(const TaskRecord& record);
  void request_stop();
  // Ends the process and starts it again without delay, with what it needs then. False: there is none, or it
  // is on its way already.
  bool request_restart();
  // Its process, if there is one, was started with exactly what it would be started with for this record, at
  // the same ingest-node.
  bool suits(const TaskRecord& record) const;

  std::uint32_t algorithm() const { return algorithm_; }
  bool has_process() const { return process_.has_value(); }
  bool is_over() const { return machine_.is_over(); }
  // Where its process was told to post.
  const std::string& ingest_address() const { return ingest_address_; }
  const StreamStatus& status() const { return status_; }

  // Publishes it as an event of the task, and logs it: once, until the process was healthy or somebody asked
  // for something; repetitions are for the level debug.
  void tell(std::string_view kind, const std::string& text);

 private:
  using Clock = StreamMachine::Clock;

  void adopt(const TaskRecord& record);
  void start(const TaskRecord& record);
  // `log_from`: where in the log it begins.
  void go_on_with(StreamProcess process, std::uint16_t port, std::string ingest_address,
                  std::uint64_t log_from);
  void take_exit(const ProcessEnd& end);
  void look_at_video(const TaskRecord& record);
  StreamMachine::Look look(const TaskRecord& record, bus::Revision revision);
  StreamReason wait(const TaskRecord& record, bus::Revision revision);
  StreamReason hindrance(const TaskRecord& record);
  void write_record();
  void publish_status();
  // The level for a line: its own the first time.
  log::Level once(const std::string& kind, log::Level level);
  std::filesystem::path folder() const;

  RunnerTools& tools_;
  const std::string task_id_, api_node_;
  const std::uint32_t algorithm_;
  std::string address_;  // of the video, for masking
  StreamMachine machine_;
  StreamStatus status_;

  // Of the process that is there, or was last.
  std::optional<StreamProcess> process_;
  std::optional<OutputLog> output_;
  VideoFlow flow_;
  std::optional<Clock::time_point> heard_at_;  // the last count that was taken
  std::optional<Launch> launch_;               // what it was started with
  std::uint16_t port_ = 0;                     // its control port
  std::string ingest_address_;
  Clock::time_point next_look_{};
  Clock::time_point ingest_seen_{};  // when its ingest-node was up last
  bool disk_full_ = false;
  std::uint64_t resident_ = 0;    // bytes of memory
  std::set<std::string> logged_;  // kinds of lines
};

}  // namespace stream::api
