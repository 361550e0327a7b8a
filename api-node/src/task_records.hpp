// Keeps what this node knows and runs in step with the task records in the KV, whoever writes them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "channel_seats.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"
#include "supervisor.hpp"
#include "task_book.hpp"

namespace stream::api {

// Thread-safe.
class TaskRecords {
 public:
  // `stop_grace`: of the api-nodes, as in SupervisorOptions.
  TaskRecords(bus::Bus& bus, Supervisor& supervisor, TaskBook& book, std::string node_name,
              std::chrono::milliseconds stop_grace);

  // A change of the records in the KV, from the watch.
  void on_changes(const bus::Watch::Changes& changes);
  // Makes book and supervisor follow a record, or its deletion, that was written or read.
  void adopt(const TaskRecord& record, bus::Revision revision);
  void drop(const std::string& key, bus::Revision revision);
  // The record as the KV has it now, taken into the book. Empty: there is none.
  Result<std::optional<KnownTask>> refresh(const std::string& task_id);

  // The record of a deleted task whose processes are still kept, here or, as far as we can tell, elsewhere.
  std::optional<TaskRecord> kept(const std::string& task_id);

  // Places in shared processes that no other camera must get now: frames of a former one may still come. Of
  // other nodes, which do not tell, until those must have dropped it.
  std::set<Seat> busy_seats();

  // Whether its processes belong to this node and are wanted.
  bool runs_here(const TaskRecord& record) const;

  // The records in the KV have been read. Before that nobody can tell the truth, an empty list least of all.
  bool known() const { return known_; }
  // Waits at most `limit` for that.
  bool wait_until_known(std::chrono::milliseconds limit);

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    std::shared_ptr<const TaskRecord> record;
    Clock::time_point until;
  };

  // REQUIRES: adopting_ is held. `now`: null when the task is gone.
  void note_freed(const TaskRecord& before, const TaskRecord* now);
  void forget_all_but(const std::vector<bus::Entry>& entries);

  bus::Bus& bus_;
  Supervisor& supervisor_;
  TaskBook& book_;
  const std::string node_name_;
  const std::chrono::milliseconds stop_grace_;

  std::mutex adopting_;  // keeps book and supervisor in step; guards what follows
  std::map<std::string, Kept> kept_elsewhere_;
  std::map<Seat, Clock::time_point> freed_elsewhere_;  // until when they are busy

  std::atomic<bool> known_ = false;  // set under knowing_
  std::mutex knowing_;
  std::condition_variable became_known_;
};

}  // namespace stream::api
