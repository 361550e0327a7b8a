// The four verbs of application-web: what they do, without HTTP.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest_choice.hpp"
#include "stream/bus/bus.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_launcher.hpp"
#include "supervisor.hpp"
#include "task_book.hpp"

namespace stream::api {

// What application-web reads: it shows `message` to the user when `code` is not 0.
struct Answer {
  int code = 0;
  std::string message = "ok";
  std::optional<nlohmann::json> result;
};

inline constexpr int kCodeOk = 0;
inline constexpr int kCodeNotRunning = 1;  // of a query only
inline constexpr int kCodeFailed = -1;

struct TaskServiceOptions {
  std::string node_name;                            // stands in the records of the tasks this node runs
  bool delete_by_device_name = true;                // see remove()
  std::chrono::milliseconds ingest_patience{2000};  // how long create waits for an ingest-node to be up
  std::chrono::milliseconds stop_patience{7000};    // how long delete waits for processes to be gone
};

// Thread-safe. create() and remove() wait for the broker and for processes; list() and query() never wait.
class TaskService {
 public:
  using LiveNodes = std::function<std::vector<NodeRecord>(const std::string& role)>;

  TaskService(bus::Bus& bus, LiveNodes live_nodes, const StreamLauncher& launcher, Supervisor& supervisor,
              TaskBook& book, TaskServiceOptions options);

  // Checks the whole task, makes its record durable, has its processes started. Idempotent: kCodeOk when the
  // same definition runs already; another definition under a running id is refused; a task that does not run
  // any more is replaced.
  Answer create(std::string_view body);
  // Ends the processes of a known task in whatever state and removes its record and files. application-web
  // deletes running tasks by their device's name by mistake: a TaskID that no task has, but that is the SrcID
  // of exactly one, deletes that one.
  Answer remove(std::string_view body);
  // kCodeOk while one of the task's algorithms runs, kCodeNotRunning otherwise.
  Answer query(std::string_view body) const;
  Answer list() const;

  // A change of the records in the KV, from the watch.
  void on_changes(const bus::Watch::Changes& changes);
  // Every video of the task was played to its end: it must not run again when the node starts anew. False:
  // that could not be written, try again.
  bool on_all_ended(const std::string& task_id);

  // The ingest-nodes that this node's running tasks post to.
  std::set<std::string> used_ingest_nodes() const;
  // Task and algorithm of what this node runs and posts to `ingest_node`.
  std::vector<std::pair<std::string, std::uint32_t>> algorithms_at(const std::string& ingest_node) const;
  // Points what this node runs and posts to `gone` at other ingest-nodes, as far as the broker answers and
  // there are any; call it again.
  void leave_ingest(const std::string& gone);

  // The records in the KV have been read. Before that no verb can tell the truth, an empty list least of all.
  bool knows_tasks() const { return knows_tasks_; }
  // Waits at most `limit` for that.
  bool wait_until_known(std::chrono::milliseconds limit);

 private:
  struct Plan {
    std::string body;
    nlohmann::json definition;
    manifest::TaskDefinition task;
  };

  bool is_running(const KnownTask& task) const;
  bool has_definition(const KnownTask& task, const nlohmann::json& definition) const;
  Answer create_locked(const Plan& plan);
  bool runs_here(const TaskRecord& record) const;
  IngestChoice::Used count_used() const;
  Result<TaskRecord> make_record(const Plan& plan);
  Answer remove_locked(const std::string& task_id);
  // The record as the KV has it now, taken into the book. Empty: there is none.
  Result<std::optional<KnownTask>> refresh(const std::string& task_id);
  // Makes book and supervisor follow a record.
  void adopt(const TaskRecord& record, bus::Revision revision);
  void drop(const std::string& key, bus::Revision revision);
  void forget_all_but(const std::vector<bus::Entry>& entries);
  std::optional<std::string> task_of_device(const std::string& src_id) const;
  nlohmann::json describe(const KnownTask& task) const;
  std::mutex& lock_of(const std::string& task_id);

  bus::Bus& bus_;
  const LiveNodes live_nodes_;
  const StreamLauncher& launcher_;
  Supervisor& supervisor_;
  TaskBook& book_;
  const TaskServiceOptions options_;
  IngestChoice ingest_choice_;

  std::array<std::mutex, 64> locks_;  // one verb at a time that changes a task; shared by ids of equal hash
  std::mutex adopting_;               // keeps book and supervisor in step

  std::atomic<bool> knows_tasks_ = false;  // set under knowing_
  std::mutex knowing_;
  std::condition_variable known_;
};

}  // namespace stream::api
