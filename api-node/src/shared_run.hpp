// One stream process that cameras of several tasks share, over its whole life.
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "channel_control.hpp"
#include "channel_plan.hpp"
#include "ingest_sight.hpp"
#include "once_log.hpp"
#include "posted_watch.hpp"
#include "runner_tools.hpp"
#include "running_process.hpp"
#include "shared_camera.hpp"
#include "stream/bus/bus.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_machine.hpp"
#include "stream_state.hpp"

namespace stream::api {

// Started with all cameras that are wanted then; told of those that come and go later, see ChannelPlan.
// Restarted, for whatever reason, with all of them. What happens to the process happens to each camera, which
// beyond that has a state of its own while the process is there. Confined to one thread.
class SharedRun {
 public:
  using Clock = StreamMachine::Clock;
  using Channel = std::int32_t;
  using Ticket = SharedCamera::Ticket;  // of one stay of a camera; 0: none

  // `tools` must outlive it. It stays idle until go_on().
  SharedRun(RunnerTools& tools, std::string key, std::string api_node);

  // All that is wanted is known: goes on with the process that a former api-node has left, if there is one.
  void go_on();

  // ---- cameras

  // The camera of this record's algorithm comes, to the channel that stands there. 0 when another task's has
  // that. The same again is a new stay.
  Ticket join(const TaskRecord& record, std::uint32_t algorithm, bus::Revision revision);
  // Its record has changed.
  void update(Ticket ticket, const TaskRecord& record, bus::Revision revision);
  void leave(Ticket ticket);
  // It is in the process, or soon will be, as it is wanted for this record.
  bool suits(Ticket ticket, const TaskRecord& record) const;
  // The process was told to play it, or may still do so.
  bool is_played(Ticket ticket) const;
  // Empty when the camera has left, and is not played any more.
  const StreamStatus* status(Ticket ticket) const;

  // ---- the process

  void step();
  // Ids of cameras that others must not have now.
  std::set<Channel> busy() const { return plan_.busy(Clock::now()); }
  bool has_process() const { return process_.is_there(); }
  // No camera, no process, no id that is still busy.
  bool is_over() const;
  // REQUIRES: is_over().
  void remove_files() const;

 private:
  std::optional<Channel> channel_of(Ticket ticket) const;
  SharedCamera* find(Ticket ticket);
  const SharedCamera* find(Ticket ticket) const;
  void want(SharedCamera& camera);
  void want_held();
  bool wants_process() const;
  // Of those that are wanted, the one whose record was written last: where its frames go, the others' go.
  const SharedCamera* newest() const;
  // Where its frames go; nothing: that is not up.
  const std::optional<NodeRecord>& ingest_of(const SharedCamera& camera) const {
    return tools_.ingest(camera.spec().ingest_node);
  }

  void begin_machine();
  void start();
  void adopt();
  void take_exit(const ProcessEnd& end);
  void look_at_video(Clock::time_point now);
  StreamMachine::Look look(Clock::time_point now);
  StreamReason wait() const;
  StreamReason hindrance(Clock::time_point now);
  bool is_not_posted(Clock::time_point now);
  void follow_ingest(Clock::time_point now);

  void tell_process(Clock::time_point now);
  void take_answer(Clock::time_point now);
  void write_channels(const std::optional<manifest::ChannelConfig>& one_more = {});
  void renew_stalled(Clock::time_point now);
  void forget_gone();

  void update_statuses(Clock::time_point now);
  void update_status(Channel channel, SharedCamera& camera, const SharedCamera::Common& process,
                     Clock::time_point now);
  SharedCamera::Common common(Clock::time_point now);
  // Logged once, until the process was healthy or somebody came; told to each.
  void tell_all(std::string_view kind, const std::string& text);

  RunnerTools& tools_;
  const std::string key_, name_;
  std::map<Channel, SharedCamera> cameras_;
  Ticket last_ticket_ = 0;
  ChannelPlan plan_;
  std::optional<StreamMachine> machine_;  // of the process
  RunningProcess process_;
  std::string demo_file_;  // of its configuration
  PostedWatch posted_;
  ChannelControl control_;
  std::optional<std::future<Told>> asked_;
  StreamStatus ended_;  // how it ended last
  bool may_start_ = false;
  Clock::time_point next_look_{}, next_try_of_held_{};
  IngestSight ingest_sight_;
  OnceLog once_;
};

}  // namespace stream::api
