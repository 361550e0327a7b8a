// A camera of one task in a stream process that it shares with others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "once_log.hpp"
#include "runner_tools.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_machine.hpp"
#include "stream_state.hpp"
#include "watched_video.hpp"

namespace stream::api {

// What its task wants, its video, and how it stands: as the process does, and while that is there in a way of
// its own. Confined to one thread.
class SharedCamera {
 public:
  using Clock = StreamMachine::Clock;
  using Ticket = std::uint64_t;

  // `tools` must outlive it.
  SharedCamera(RunnerTools& tools, const TaskRecord& record, std::uint32_t algorithm, bus::Revision revision);

  const TaskRecord& record() const { return record_; }
  std::uint32_t algorithm() const { return algorithm_; }
  const AlgorithmSpec& spec() const { return record_.algorithms.at(algorithm_); }
  bus::Revision revision() const { return revision_; }
  void set_record(const TaskRecord& record, bus::Revision revision);

  // ---- its stay

  // From now on it is wanted.
  void come(Ticket ticket);
  // Its record was not looked at since.
  bool is_new() const { return is_new_; }
  void leave() { leaving_ = true; }
  // It is to have a process of its own.
  void give_up(const std::string& why);
  // It cannot be configured now, because of a file that may come back; nothing: it can.
  void hold(std::optional<Error> error);
  const std::optional<Error>& held_for() const { return held_for_; }
  Ticket ticket() const { return ticket_; }
  bool is_leaving() const { return leaving_; }
  bool is_wanted() const { return !leaving_ && given_up_.empty(); }

  // ---- its video

  // The process plays it from now on.
  void begin(Clock::time_point now);
  // The process was found playing it.
  void go_on(Clock::time_point now);
  // The process plays it no more.
  void end() { health_.reset(); }
  bool is_played() const { return health_.has_value(); }
  Clock::time_point played_since() const { return played_since_; }
  // True: frames were taken since the last call.
  bool listen(Clock::time_point now);
  // Frames of it were taken since it is played.
  bool is_posted() const { return is_posted_; }
  // It has been stalled for so long that its process should be told of it anew.
  bool is_due_anew(Clock::time_point now) const;
  // The process drops it, and is told of it again then, each time later. Returns when.
  Clock::time_point rest(Clock::time_point now);
  VideoFlow& flow() { return video_.flow(); }
  const VideoFlow& flow() const { return video_.flow(); }

  // ---- how it stands

  // What is true of all who share the process.
  struct Common {
    StreamStatus status;
    bool is_there = false;
    StreamReason hindrance = StreamReason::kNone;  // of ours
    bool not_posted = false;                       // frames come out of its graph, but do not arrive
  };
  // `pid`: 0 when the process cannot play it.
  void update_status(Clock::time_point now, const Common& process, pid_t pid);
  const StreamStatus& status() const { return status_; }
  // In the log, once until it was healthy or is wanted anew, and to those who listen to the events of its
  // task.
  void tell(std::string_view kind, const std::string& text);
  // To those alone.
  void publish_event(std::string_view kind, const std::string& text) const;

 private:
  void begin_health(Clock::time_point now);
  void show_health(StreamStatus& status, Clock::time_point now, const Common& process);
  void show_absence(StreamStatus& status) const;

  RunnerTools& tools_;
  TaskRecord record_;
  const std::uint32_t algorithm_;
  bus::Revision revision_;
  Ticket ticket_ = 0;
  bool leaving_ = false, is_new_ = false;
  std::string given_up_;  // why; empty: it is not
  std::optional<Error> held_for_;
  WatchedVideo video_;
  Clock::time_point played_since_{};
  bool is_posted_ = false;
  std::uint32_t rests_ = 0;  // since it was healthy
  bool is_resting_ = false;
  std::optional<StreamMachine> health_;  // while the process plays it; never asks for anything
  StreamStatus status_;
  OnceLog once_;
};

}  // namespace stream::api
