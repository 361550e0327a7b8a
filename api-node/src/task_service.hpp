// What users do with tasks: the four verbs of application-web, and changes of a task that runs. Without HTTP.
#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "changes.hpp"
#include "node_choice.hpp"
#include "record_maker.hpp"
#include "state_book.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"
#include "supervisor.hpp"
#include "task_book.hpp"
#include "task_placement.hpp"
#include "task_records.hpp"
#include "task_states.hpp"
#include "task_view.hpp"

namespace stream::api {

// What application-web reads: it shows `message` to the user when `code` is not 0.
struct Answer {
  int code = 0;
  std::string message = "ok";
  std::optional<nlohmann::json> result{};
};

inline constexpr int kCodeOk = 0;
inline constexpr int kCodeNotRunning = 1;  // of a query only
inline constexpr int kCodeFailed = -1;

struct TaskServiceOptions {
  std::string node_name;                             // stands in the records of the tasks this node runs
  std::chrono::milliseconds stop_grace{3000};        // as in SupervisorOptions
  bool delete_by_device_name = true;                 // see remove()
  std::chrono::milliseconds ingest_patience{2000};   // how long create waits for an ingest-node to be up
  std::chrono::milliseconds stop_patience{7000};     // how long delete waits for processes to be gone
  std::chrono::milliseconds changes_patience{5000};  // how long create waits to hear what it changed
};

// What a create has done.
struct Created {
  std::string task_id;
  bool is_new = false;               // there was no task of this id
  std::optional<Changes> changes{};  // empty: what it changed was not heard in time
};

// Any api-node does any of it for any task, whichever runs it: the record is the truth, and whoever it names
// follows it. Thread-safe. What writes waits for the broker and for processes; list() and query() never wait.
class TaskService {
 public:
  // What it is given must outlive it.
  TaskService(bus::Bus& bus, LiveNodes live_nodes, const StreamLauncher& launcher, Supervisor& supervisor,
              TaskBook& book, const StateBook& heard, TaskServiceOptions options);

  // application-web's four verbs. The answer of create() says what was changed for each algorithm.
  // application-web deletes running tasks by their device's name by mistake: a TaskID that no task has, but
  // that is the SrcID of exactly one, deletes that one. A query is kCodeOk while one of the task's algorithms
  // runs, kCodeNotRunning otherwise.
  Answer create(std::string_view body);
  Answer remove(std::string_view body);
  Answer query(std::string_view body) const;
  Answer list() const;

  // Checks the whole task, makes its record durable, has its processes started, by the api-node that
  // NodeChoice names. Idempotent: nothing is done when the same definition runs already. Another definition
  // under a running id changes that task, as change() does; a task that does not run any more is replaced.
  // After a delete processes that are still kept go on when they need the very same configuration, in a new
  // life of the task.
  Result<Created> make(std::string_view body);
  // Gives a task another definition, with as little ado as it needs, see Supervisor::run(); one that does not
  // run is run. What is remembered of its objects stays where it still means the same. Empty: that is done,
  // but what it changed was not heard in time. kInvalid; kNotFound: no such task; kUnavailable: try again.
  Result<std::optional<Changes>> change(const std::string& task_id, std::string_view body);
  // Removes the record of a known task in whatever state; its processes are kept for a while, or ended. The
  // latter is waited for. kNotFound; kUnavailable: try again.
  Status forget(const std::string& task_id);
  // What query shows of a task; empty: there is none. Of all.
  std::optional<nlohmann::json> describe(const std::string& task_id) const;
  nlohmann::json describe_all() const;

  TaskRecords& records() { return records_; }

  // Writes into the record of a task of this node which of its algorithms have ended, and how, so that they
  // are not run again when a node starts anew, nor that is forgotten. kUnavailable: that could not be
  // written, try again.
  Status record_ends(const std::string& task_id);

  // A camera that could not share a process gets one of its own. Errors as above.
  Status on_fall_back(const FallBack& what);

  // The ingest-nodes that this node's running tasks post to.
  std::set<std::string> used_ingest_nodes() const;
  // Task and algorithm of what this node runs and posts to `ingest_node`.
  std::vector<std::pair<std::string, std::uint32_t>> algorithms_at(const std::string& ingest_node) const;
  // Points what this node runs and posts to `gone` at other ingest-nodes, as far as the broker answers and
  // there are any; call it again.
  void leave_ingest(const std::string& gone);

  // The api-nodes, this one apart, whose name stands in the record of a task that should run; the empty name
  // among them when one names nobody.
  std::set<std::string> other_api_nodes() const;
  // The task of `gone`, if it still is, is run by `to` from now on. False: that could not be written, or
  // something came between; look again.
  bool take_over(const std::string& task_id, const std::string& gone, const std::string& to);
  // What failover() has to deal with: the tasks of these nodes.
  std::vector<PlacedTask> tasks_of(const std::set<std::string>& nodes) const;
  std::vector<ApiMember> members() const { return nodes_.members(); }

 private:
  enum class Verb { kCreate, kChange };

  Result<Created> put(const TaskRequest& request, Verb verb);
  // Writes the record of `request` in place of `known`; its revision. Empty: something came between.
  Result<std::optional<bus::Revision>> replace(const TaskRequest& request,
                                               const std::optional<KnownTask>& known);
  Result<TaskRecord> make_record(const TaskRequest& request, const std::optional<KnownTask>& known);
  std::optional<Changes> changes_of(const std::string& task_id, bus::Revision revision, bool is_new);
  // Writes the task's record as `change` makes it of the present one; false: there is nothing to change.
  Status amend(const std::string& task_id, const std::function<bool(const KnownTask&, TaskRecord&)>& change);
  Status forget_locked(const std::string& task_id);
  std::optional<std::string> task_of_device(const std::string& src_id) const;
  std::mutex& lock_of(const std::string& task_id);

  bus::Bus& bus_;
  const LiveNodes live_nodes_;
  Supervisor& supervisor_;
  const TaskBook& book_;
  const TaskServiceOptions options_;
  const StateBook& heard_;
  const TaskStates states_;
  const TaskView view_;
  TaskRecords records_;
  RecordMaker maker_;
  const NodeChoice nodes_;

  std::mutex seats_;                  // one at a time chooses places in shared processes
  std::array<std::mutex, 64> locks_;  // one verb at a time that changes a task; shared by ids of equal hash
};

}  // namespace stream::api
