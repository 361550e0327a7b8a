#include "task_service.hpp"

#include <algorithm>

#include "state_message.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {
namespace {

using bus::CasResult;
using nlohmann::json;

constexpr int kCasTries = 5;  // against others who change the same record

Answer failed(const Error& error) {
  return {kCodeFailed, error.message};
}

Answer failed(std::string message) {
  return {kCodeFailed, std::move(message)};
}

std::string without_answer(std::string_view verb) {
  return fmt::format("{}: the broker did not answer in time, try again", verb);
}

// What is new needs no words.
bool is_routine(const AlgorithmChange& change) {
  return change.change == Change::kAdded || change.change == Change::kUnchanged;
}

Answer created(const std::optional<Changes>& changes) {
  Answer answer;
  if (!changes) return answer;
  json algorithms = json::array();
  for (const AlgorithmChange& change : *changes) {
    algorithms.push_back({{"Type", change.type}, {"Name", change.name}, {"Change", name_of(change.change)}});
  }
  answer.result = json{{"Algorithms", std::move(algorithms)}};
  if (!std::all_of(changes->begin(), changes->end(), is_routine)) answer.message += ": " + text_of(*changes);
  return answer;
}

bool has_definition(const KnownTask& task, const json& definition) {
  const auto present = parse_json(task.record->definition_json);
  return present && *present == definition;
}

TaskRecord with_ends(TaskRecord record, const std::vector<StreamStatus>& statuses) {
  if (statuses.size() != record.algorithms.size()) return record;
  record.ends.clear();
  if (std::none_of(statuses.begin(), statuses.end(), has_ended)) return record;
  for (const StreamStatus& status : statuses) {
    record.ends.push_back(has_ended(status) ? to_message(status) : ProcessState{});
  }
  record.should_run = !std::all_of(statuses.begin(), statuses.end(), has_ended);
  return record;
}

Changes all_unchanged(const TaskRecord& record) {
  return plan_changes(record, record, std::vector<bool>(record.algorithms.size(), true));
}

}  // namespace

TaskService::TaskService(bus::Bus& bus, LiveNodes live_nodes, const StreamLauncher& launcher,
                         Supervisor& supervisor, TaskBook& book, const StateBook& heard,
                         TaskServiceOptions options)
    : bus_(bus),
      live_nodes_(std::move(live_nodes)),
      supervisor_(supervisor),
      book_(book),
      options_(std::move(options)),
      heard_(heard),
      states_(live_nodes_, supervisor, heard, options_.node_name),
      view_(states_, book),
      records_(bus, supervisor, book, options_.node_name, options_.stop_grace),
      maker_(
          live_nodes_, [this] { return records_.busy_seats(); }, launcher, book, options_.ingest_patience),
      nodes_(live_nodes_, book, options_.node_name) {}

Answer TaskService::create(std::string_view body) {
  const auto made = make(body);
  return made ? created(made->changes) : failed(made.error());
}

Result<Created> TaskService::make(std::string_view body) {
  const auto request = read_task_request(body);
  if (!request) return tl::unexpected(request.error());
  return put(*request, Verb::kCreate);
}

Result<std::optional<Changes>> TaskService::change(const std::string& task_id, std::string_view body) {
  const auto request = read_task_request(body);
  if (!request) return tl::unexpected(request.error());
  if (request->task.task_id != task_id) {
    return fail(ErrorCode::kInvalid, "/TaskID: found {}, expected {} as in the path",
                describe_json(request->task.task_id), describe_json(task_id));
  }
  return put(*request, Verb::kChange).map([](Created done) { return std::move(done.changes); });
}

Result<Created> TaskService::put(const TaskRequest& request, Verb verb) {
  const std::string& id = request.task.task_id;
  const std::lock_guard lock(lock_of(id));
  const bool is_new = !book_.find(id);
  for (int i = 0; i < kCasTries; ++i) {
    const auto known = book_.find(id);
    if (!known && verb == Verb::kChange) {
      return fail(ErrorCode::kNotFound, "found no task {}", describe_json(id));
    }
    if (verb == Verb::kCreate && known && view_.has_life(*known) && !view_.needs_help(*known) &&
        has_definition(*known, request.definition)) {
      return Created{id, is_new, all_unchanged(*known->record)};
    }
    const auto revision = replace(request, known);
    if (!revision) return tl::unexpected(revision.error());
    if (*revision) return Created{id, is_new, changes_of(id, **revision, !known)};
  }
  return fail(ErrorCode::kUnavailable, "{}", without_answer(verb == Verb::kCreate ? "create" : "change"));
}

std::optional<Changes> TaskService::changes_of(const std::string& task_id, bus::Revision revision,
                                               bool is_new) {
  const auto task = book_.find(task_id);
  if (!task || records_.runs_here(*task->record)) {
    return supervisor_.changes_of(task_id, revision, options_.changes_patience);
  }
  if (is_new && !records_.kept(task_id)) return all_added(*task->record);
  return heard_.changes_of(task_id, revision, options_.changes_patience);
}

Result<TaskRecord> TaskService::make_record(const TaskRequest& request,
                                            const std::optional<KnownTask>& known) {
  std::optional<FormerTask> former;
  if (known && view_.has_life(*known)) {
    former = {*known->record, true};
  } else if (auto kept = known ? std::nullopt : records_.kept(request.task.task_id)) {
    former = {*std::move(kept), false};
  }
  const std::string present = former ? former->record.api_node : known ? known->record->api_node : "";
  auto node = nodes_.choose(request.task, present, former.has_value());
  if (!node) return tl::unexpected(node.error());
  auto record = maker_.make(request, former, *node);
  if (!record) return record;
  if (former && former->record.api_node != *node) {
    hand_over(*record, *std::move(node));
  } else {
    record->api_node = *std::move(node);
  }
  return record;
}

Result<std::optional<bus::Revision>> TaskService::replace(const TaskRequest& request,
                                                          const std::optional<KnownTask>& known) {
  const std::string& id = request.task.task_id;
  std::unique_lock seats(seats_, std::defer_lock);
  if (maker_.takes_seats(request)) seats.lock();
  const auto record = make_record(request, known);
  if (!record) return tl::unexpected(record.error());
  const bool is_same = known && *known->record == *record;
  if (is_same &&
      records_.runs_here(*record)) {  // but perhaps not what its processes would be started with now
    supervisor_.run(*record, known->revision);
    return known->revision;
  }
  fail_point("api.before_create");
  const CasResult written = bus_.cas(topics::task_key(id), known ? known->revision : 0, encode(*record));
  fail_point("api.after_create");
  if (written.done()) {
    records_.adopt(*record, written.revision);
    return written.revision;
  }
  if (written.outcome == CasResult::Outcome::kFull) {
    return fail(ErrorCode::kUnavailable, "create: no room left to keep the task");
  }
  // Conflict: somebody else was here. Unknown: perhaps it was us.
  const auto present = records_.refresh(id);
  if (!present) return tl::unexpected(present.error());
  if (*present && *(*present)->record == *record && !(is_same && (*present)->revision == known->revision)) {
    return (*present)->revision;
  }
  return std::nullopt;
}

Answer TaskService::remove(std::string_view body) {
  const auto id = parse_json(body).and_then(manifest::parse_task_id);
  if (!id) return failed(id.error());
  std::string task_id = *id;
  if (!book_.find(task_id)) {
    if (const auto by_device = task_of_device(task_id)) {
      log::warn("task_deleted_by_device_name", {{"task", *by_device}, {"device", task_id}});
      task_id = *by_device;
    }
  }
  const auto done = forget(task_id);
  return done ? Answer{} : failed(done.error());
}

Status TaskService::forget(const std::string& task_id) {
  if (!book_.find(task_id)) return fail(ErrorCode::kNotFound, "found no task {}", describe_json(task_id));
  {
    const std::lock_guard lock(lock_of(task_id));
    if (auto forgotten = forget_locked(task_id); !forgotten) return forgotten;
  }
  if (!supervisor_.wait_until_gone(task_id, options_.stop_patience)) {
    log::warn("task_still_stopping", {{"task", task_id}});
  }
  return {};
}

Status TaskService::forget_locked(const std::string& task_id) {
  std::optional<KnownTask> known = book_.find(task_id);
  for (int i = 0; i < kCasTries; ++i) {
    if (!known) return {};  // gone meanwhile
    const std::string key = topics::task_key(task_id);
    fail_point("api.before_delete");
    const CasResult deleted = bus_.cas(key, known->revision, std::nullopt);
    fail_point("api.after_delete");
    if (deleted.done()) {
      records_.drop(key, deleted.revision);
      return {};
    }
    const auto present = records_.refresh(task_id);
    if (!present) return tl::unexpected(present.error());
    known = *present;
  }
  return fail(ErrorCode::kUnavailable, "{}", without_answer("delete"));
}

std::optional<std::string> TaskService::task_of_device(const std::string& src_id) const {
  if (!options_.delete_by_device_name) return std::nullopt;
  std::optional<std::string> found;
  for (const KnownTask& task : book_.all()) {
    if (task.record->src_id != src_id) continue;
    if (found) return std::nullopt;
    found = task.record->task_id;
  }
  return found;
}

Answer TaskService::query(std::string_view body) const {
  const auto id = parse_json(body).and_then(manifest::parse_task_id);
  if (!id) return failed(id.error());
  const auto task = book_.find(*id);
  if (!task) return failed(fmt::format("found no task {}", describe_json(*id)));
  Answer answer;
  answer.result = view_.describe(*task);
  if (view_.is_running(*task)) return answer;
  answer.code = kCodeNotRunning;
  answer.message = "the task does not run:";
  for (const json& algorithm : (*answer.result)["Algorithms"]) {
    answer.message +=
        fmt::format(" {} {}", algorithm["Name"].get<std::string>(), algorithm["State"].get<std::string>());
  }
  return answer;
}

std::optional<json> TaskService::describe(const std::string& task_id) const {
  const auto task = book_.find(task_id);
  if (!task) return std::nullopt;
  return view_.describe(*task);
}

json TaskService::describe_all() const {
  json tasks = json::array();
  for (const KnownTask& task : book_.all()) tasks.push_back(view_.describe(task));
  return tasks;
}

Answer TaskService::list() const {
  return {kCodeOk, "ok", view_.list()};
}

Status TaskService::record_ends(const std::string& task_id) {
  return amend(task_id, [&](const KnownTask& known, TaskRecord& record) {
    if (!records_.runs_here(record)) return false;
    record = with_ends(record, supervisor_.status(task_id));
    return record != *known.record;
  });
}

Status TaskService::on_fall_back(const FallBack& what) {
  return amend(what.task_id, [&what](const KnownTask& /*known*/, TaskRecord& record) {
    if (record.algorithms.size() <= what.algorithm) return false;
    AlgorithmSpec& spec = record.algorithms[what.algorithm];
    if (spec.shared_key != what.seat.key || spec.shared_channel != what.seat.channel) return false;
    spec.shared_key.clear();
    spec.shared_channel = 0;
    spec.shared_files = 0;
    spec.not_shared = what.why;
    return true;
  });
}

Status TaskService::amend(const std::string& task_id,
                          const std::function<bool(const KnownTask&, TaskRecord&)>& change) {
  const std::lock_guard lock(lock_of(task_id));
  for (int i = 0; i < kCasTries; ++i) {
    const auto known = book_.find(task_id);
    if (!known) return {};
    TaskRecord record = *known->record;
    if (!change(*known, record)) return {};
    const CasResult written = bus_.cas(topics::task_key(task_id), known->revision, encode(record));
    if (written.done()) {
      records_.adopt(record, written.revision);
      return {};
    }
    if (written.outcome == CasResult::Outcome::kFull) {
      return fail(ErrorCode::kUnavailable, "no room left to keep the task");
    }
    if (auto present = records_.refresh(task_id); !present) return tl::unexpected(present.error());
  }
  return fail(ErrorCode::kUnavailable, "others change the task all the time");
}

std::set<std::string> TaskService::used_ingest_nodes() const {
  std::set<std::string> used;
  for (const KnownTask& task : book_.all()) {
    if (!records_.runs_here(*task.record)) continue;
    for (const AlgorithmSpec& spec : task.record->algorithms) used.insert(spec.ingest_node);
  }
  return used;
}

std::vector<std::pair<std::string, std::uint32_t>> TaskService::algorithms_at(
    const std::string& ingest_node) const {
  std::vector<std::pair<std::string, std::uint32_t>> found;
  for (const KnownTask& task : book_.all()) {
    if (!records_.runs_here(*task.record)) continue;
    const auto& algorithms = task.record->algorithms;
    for (std::uint32_t i = 0; i < algorithms.size(); ++i) {
      if (algorithms[i].ingest_node == ingest_node) found.emplace_back(task.record->task_id, i);
    }
  }
  return found;
}

void TaskService::leave_ingest(const std::string& gone) {
  std::set<std::string> task_ids;
  for (const auto& [task_id, algorithm] : algorithms_at(gone)) task_ids.insert(task_id);
  for (const std::string& task_id : task_ids) {
    const std::lock_guard lock(lock_of(task_id));
    const auto known = book_.find(task_id);
    const auto nodes = live_nodes_("ingest");
    if (!known || !records_.runs_here(*known->record) || nodes.empty()) continue;
    const TaskRecord record = maker_.moved(*known->record, gone, nodes);
    const CasResult written = bus_.cas(topics::task_key(task_id), known->revision, encode(record));
    if (written.done()) {
      records_.adopt(record, written.revision);
    } else if (!records_.refresh(task_id)) {
      return;  // the broker is away; whether it was written shows later
    }
  }
}

// ---- tasks of api-nodes that are gone

std::set<std::string> TaskService::other_api_nodes() const {
  std::set<std::string> nodes;
  for (const KnownTask& task : book_.all()) {
    const TaskRecord& record = *task.record;
    if (record.should_run && record.api_node != options_.node_name) nodes.insert(record.api_node);
  }
  return nodes;
}

std::vector<PlacedTask> TaskService::tasks_of(const std::set<std::string>& nodes) const {
  std::vector<PlacedTask> tasks;
  for (const KnownTask& task : book_.all()) {
    const TaskRecord& record = *task.record;
    if (!record.should_run || !nodes.contains(record.api_node)) continue;
    const auto request = read_task_request(record.definition_json);
    if (request) tasks.push_back(to_placed(request->task, record.api_node));
  }
  return tasks;
}

bool TaskService::take_over(const std::string& task_id, const std::string& gone, const std::string& to) {
  const std::lock_guard lock(lock_of(task_id));
  const auto known = book_.find(task_id);
  if (!known || !known->record->should_run || known->record->api_node != gone) return false;
  TaskRecord record = *known->record;
  hand_over(record, to);
  move_seats(record);
  // Those of the same machine are often gone with it.
  const auto ingest_nodes = live_nodes_("ingest");
  for (const AlgorithmSpec& spec : known->record->algorithms) {
    const bool is_up = std::any_of(ingest_nodes.begin(), ingest_nodes.end(),
                                   [&](const NodeRecord& node) { return node.node == spec.ingest_node; });
    if (!is_up && !ingest_nodes.empty())
      record = maker_.moved(std::move(record), spec.ingest_node, ingest_nodes);
  }
  const CasResult written = bus_.cas(topics::task_key(task_id), known->revision, encode(record));
  if (!written.done()) return false;
  records_.adopt(record, written.revision);
  return true;
}

std::mutex& TaskService::lock_of(const std::string& task_id) {
  return locks_[std::hash<std::string>{}(task_id) % locks_.size()];
}

}  // namespace stream::api
