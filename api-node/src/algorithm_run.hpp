// How one algorithm of a task gets its video: by a stream process of its own, or by one that it shares.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stream/bus/bus.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_state.hpp"

namespace stream::api {

// Over its whole life. Confined to one thread.
class AlgorithmRun {
 public:
  virtual ~AlgorithmRun() = default;

  // Does what is due. `revision`: of the record.
  virtual void step(const TaskRecord& record, bus::Revision revision) = 0;

  // The task's definition has changed, the process goes on.
  virtual void set_record(const TaskRecord& record) = 0;
  virtual void request_stop() = 0;
  // Lets go of its process, to begin with what it needs then. False: there is none, or that is under way.
  virtual bool request_restart() = 0;
  // By itself: another process is there than when that was asked for. False of one that leaves its process
  // for good, and is to be replaced when it has none.
  virtual bool has_begun_anew() const = 0;
  // Its frames go to another ingest-node from now on: its process is restarted to post there.
  virtual void leave_ingest() = 0;
  // Restarts its process if that was told to post to another address than its ingest-node has. True: it does.
  virtual bool follow_ingest(const TaskRecord& record) = 0;
  // Its process, if there is one, was started with exactly what it would be started with for this record, at
  // the same ingest-node.
  virtual bool suits(const TaskRecord& record) const = 0;

  virtual std::uint32_t algorithm() const = 0;
  virtual bool has_process() const = 0;
  virtual bool is_over() const = 0;
  virtual const StreamStatus& status() const = 0;
  // Logs it, and publishes it as an event of the task.
  virtual void tell(std::string_view kind, const std::string& text) = 0;
};

}  // namespace stream::api
