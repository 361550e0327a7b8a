// Makes a task's record of what a user asks for.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "channel_seats.hpp"
#include "ingest_choice.hpp"
#include "stream/common/result.hpp"
#include "stream/manifest/task_definition.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_launcher.hpp"
#include "task_book.hpp"

namespace stream::api {

// The nodes of a role that are up.
using LiveNodes = std::function<std::vector<NodeRecord>(const std::string& role)>;

// As Supervisor::busy_seats().
using BusySeats = std::function<std::set<Seat>()>;

// A definition, read.
struct TaskRequest {
  std::string body;  // as it came
  nlohmann::json definition;
  manifest::TaskDefinition task;
};

// kInvalid with the JSON path.
Result<TaskRequest> read_task_request(std::string_view body);

// The task as it is, when it is to be changed, or was, when its processes are still kept.
struct FormerTask {
  TaskRecord record;
  bool is_same_life = false;  // what is remembered of its objects holds on
};

// Thread-safe.
class RecordMaker {
 public:
  // What it is given must outlive it.
  RecordMaker(LiveNodes live_nodes, BusySeats busy_seats, const StreamLauncher& launcher,
              const TaskBook& book, std::chrono::milliseconds ingest_patience);

  // Whether make() gives this task a place in a stream process that others share: then no other record must
  // be made until its own is in the book.
  bool takes_seats(const TaskRequest& request) const;

  // Checks everything that could keep the task's processes from starting. An algorithm that is where it was,
  // of the same type and on the same video, keeps its path key and its ingest-node, so that a process that
  // needs nothing else new can go on. The record names `former`'s api-node, or none. kInvalid, or
  // kUnavailable when an ingest-node is needed and none is up within the patience.
  // `node`: the api-node that is to run it; whose processes it may share.
  Result<TaskRecord> make(const TaskRequest& request, const std::optional<FormerTask>& former,
                          const std::string& node);

  // `record` with another ingest-node in place of `gone`. REQUIRES: `nodes` is not empty.
  TaskRecord moved(TaskRecord record, const std::string& gone, const std::vector<NodeRecord>& nodes);

 private:
  Result<AlgorithmSpec> make_spec(const TaskRequest& request, std::uint32_t index,
                                  const AlgorithmSpec* former, const std::vector<NodeRecord>& nodes,
                                  IngestChoice::Used& used);
  Status share(AlgorithmSpec& spec, const TaskRequest& request, std::uint32_t index,
               const AlgorithmSpec* former, bool goes_on, const std::vector<NodeRecord>& nodes,
               const TaskRecord& record, const std::string& api_node) const;
  std::optional<std::string> shared_ingest(const AlgorithmSpec& spec, const std::string& gone) const;
  std::vector<TakenSeat> taken_seats(const std::string& but_of) const;
  IngestChoice::Used count_used() const;

  const LiveNodes live_nodes_;
  const BusySeats busy_seats_;
  const StreamLauncher& launcher_;
  const TaskBook& book_;
  const std::chrono::milliseconds ingest_patience_;
  IngestChoice choice_;
};

}  // namespace stream::api
