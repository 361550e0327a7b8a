// A camera of one task in a stream process that it shares with others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runner_tools.hpp"
#include "stream/bus/bus.hpp"
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
  void leave() { leaving_ = true; }
  // It is to have a process of its own.
  void give_up(const std::string& why);
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
  void listen(Clock::time_point now) { video_.listen(now, spec().ingest_node); }
  VideoFlow& flow() { return video_.flow(); }
  const VideoFlow& flow() const { return video_.flow(); }

  // ---- how it stands

  // `process`: what is true of all who share it, and whether it is there; `hindrance`: of ours, in the way of
  // all; `pid`: 0 when the process cannot play it.
  void update_status(Clock::time_point now, StreamStatus process, bool is_there, StreamReason hindrance,
                     pid_t pid);
  const StreamStatus& status() const { return status_; }
  // In the log, and to those who listen to the events of its task.
  void tell(std::string_view kind, const std::string& text) const;
  // To those alone.
  void publish_event(std::string_view kind, const std::string& text) const;

 private:
  void begin_health();
  void show_health(StreamStatus& status, Clock::time_point now, StreamReason hindrance);

  RunnerTools& tools_;
  TaskRecord record_;
  const std::uint32_t algorithm_;
  bus::Revision revision_;
  Ticket ticket_ = 0;
  bool leaving_ = false;
  std::string given_up_;  // why; empty: it is not
  WatchedVideo video_;
  std::optional<StreamMachine> health_;  // while the process plays it; never asks for anything
  StreamStatus status_;
};

}  // namespace stream::api
