#include "task_service.hpp"

#include <algorithm>
#include <set>

#include "stream/common/eventually.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/common/log.hpp"
#include "stream/common/random.hpp"
#include "stream/manifest/algorithm_spec.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {
namespace {

using bus::CasResult;
using nlohmann::json;

constexpr int kCasTries = 5;               // against others who change the same record
constexpr std::size_t kPathKeyBytes = 16;  // of randomness

Answer failed(const Error& error) {
  return {kCodeFailed, error.message, std::nullopt};
}

Answer failed(std::string message) {
  return {kCodeFailed, std::move(message), std::nullopt};
}

std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Nothing but the ingest-nodes differs.
bool only_moved(TaskRecord before, const TaskRecord& now) {
  if (before.algorithms.size() != now.algorithms.size()) return false;
  for (std::size_t i = 0; i < now.algorithms.size(); ++i) {
    before.algorithms[i].ingest_node = now.algorithms[i].ingest_node;
  }
  return before == now;
}

// Under a key that is not its own it would be found neither by create nor by delete.
Result<TaskRecord> read_record(const bus::Entry& entry) {
  auto record = decode<TaskRecord>(entry.value);
  if (record && topics::task_key(record->task_id) != entry.key) {
    return fail(ErrorCode::kInvalid, "task_id: found {}, expected the one of the key",
                describe_json(record->task_id));
  }
  return record;
}

std::string without_answer(std::string_view verb) {
  return fmt::format("{}: the broker did not answer in time, try again", verb);
}

}  // namespace

TaskService::TaskService(bus::Bus& bus, LiveNodes live_nodes, const StreamLauncher& launcher,
                         Supervisor& supervisor, TaskBook& book, TaskServiceOptions options)
    : bus_(bus),
      live_nodes_(std::move(live_nodes)),
      launcher_(launcher),
      supervisor_(supervisor),
      book_(book),
      options_(std::move(options)) {}

Answer TaskService::create(std::string_view body) {
  auto definition = parse_json(body);
  if (!definition) return failed(definition.error());
  auto task = manifest::parse_task_definition(*definition);
  if (!task) return failed(task.error());
  const Plan plan{std::string(body), std::move(*definition), std::move(*task)};
  const std::lock_guard lock(lock_of(plan.task.task_id));
  return create_locked(plan);
}

Answer TaskService::create_locked(const Plan& plan) {
  const std::string& id = plan.task.task_id;
  std::optional<KnownTask> known = book_.find(id);
  std::optional<TaskRecord> record;
  for (int i = 0; i < kCasTries; ++i) {
    if (known && is_running(*known)) {
      if (has_definition(*known, plan.definition)) return {};
      return failed("task is running");
    }
    if (!record) {
      auto made = make_record(plan);
      if (!made) return failed(made.error());
      record = std::move(*made);
    }
    fail_point("api.before_create");
    const CasResult written = bus_.cas(topics::task_key(id), known ? known->revision : 0, encode(*record));
    fail_point("api.after_create");
    if (written.done()) {
      adopt(*record, written.revision);
      return {};
    }
    if (written.outcome == CasResult::Outcome::kFull) return failed("create: no room left to keep the task");
    // Conflict: somebody else was here. Unknown: perhaps it was us.
    const auto present = refresh(id);
    if (!present) return failed(present.error());
    known = *present;
    if (known && *known->record == *record) return {};
  }
  return failed(without_answer("create"));
}

// The record as it will be, everything that could keep its processes from starting checked.
Result<TaskRecord> TaskService::make_record(const Plan& plan) {
  std::vector<NodeRecord> nodes;
  eventually([&] { return !(nodes = live_nodes_("ingest")).empty(); }, options_.ingest_patience);
  auto used = count_used();
  TaskRecord record;
  record.task_id = plan.task.task_id;
  record.src_id = plan.task.src_id;
  record.definition_json = plan.body;
  record.api_node = options_.node_name;
  record.created_us = unix_us();
  record.report_urls = plan.task.report_urls;
  record.report_policy = plan.task.report_policy;
  for (std::uint32_t i = 0; i < plan.task.algorithms.size(); ++i) {
    const auto path_key = random_hex(kPathKeyBytes);
    // A task that can never work is refused for that, whether or not an ingest-node is up.
    const NodeRecord ingest =
        nodes.empty() ? NodeRecord{} : ingest_choice_.choose(nodes, used, IngestChoice::Clock::now());
    const auto target = nodes.empty() ? manifest::FrameTarget{} : frame_target(ingest.address, path_key);
    if (!target) return tl::unexpected(target.error());
    const auto config = launcher_.configure(plan.task, i, *target, 0);
    if (!config) return tl::unexpected(config.error());
    auto spec = manifest::make_algorithm_spec(plan.task.algorithms[i].type, config->algorithm, config->logic,
                                              config->sample_interval);
    if (!spec) return tl::unexpected(spec.error());
    spec->path_key = path_key;
    spec->ingest_node = ingest.node;
    ++used[ingest.node];
    record.algorithms.push_back(*std::move(spec));
  }
  if (nodes.empty()) return fail(ErrorCode::kUnavailable, "no ingest-node is up to take the task's frames");
  return record;
}

IngestChoice::Used TaskService::count_used() const {
  IngestChoice::Used used;
  for (const KnownTask& task : book_.all()) {
    for (const AlgorithmSpec& spec : task.record->algorithms) ++used[spec.ingest_node];
  }
  return used;
}

Answer TaskService::remove(std::string_view body) {
  const auto id = parse_json(body).and_then(manifest::parse_task_id);
  if (!id) return failed(id.error());
  std::string task_id = *id;
  if (!book_.find(task_id)) {
    const auto by_device = task_of_device(task_id);
    if (!by_device) return failed(fmt::format("found no task {}", describe_json(task_id)));
    log::warn("task_deleted_by_device_name", {{"task", *by_device}, {"device", task_id}});
    task_id = *by_device;
  }
  Answer answer;
  {
    const std::lock_guard lock(lock_of(task_id));
    answer = remove_locked(task_id);
  }
  if (answer.code == kCodeOk && !supervisor_.wait_until_gone(task_id, options_.stop_patience)) {
    log::warn("task_still_stopping", {{"task", task_id}});
  }
  return answer;
}

Answer TaskService::remove_locked(const std::string& task_id) {
  std::optional<KnownTask> known = book_.find(task_id);
  for (int i = 0; i < kCasTries; ++i) {
    if (!known) return {};  // gone meanwhile
    const std::string key = topics::task_key(task_id);
    fail_point("api.before_delete");
    const CasResult deleted = bus_.cas(key, known->revision, std::nullopt);
    fail_point("api.after_delete");
    if (deleted.done()) {
      drop(key, deleted.revision);
      return {};
    }
    const auto present = refresh(task_id);
    if (!present) return failed(present.error());
    known = *present;
  }
  return failed(without_answer("delete"));
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
  answer.result = describe(*task);
  if (is_running(*task)) return answer;
  answer.code = kCodeNotRunning;
  answer.message = "the task does not run:";
  for (const json& algorithm : (*answer.result)["Algorithms"]) {
    answer.message +=
        fmt::format(" {} {}", algorithm["Name"].get<std::string>(), algorithm["State"].get<std::string>());
  }
  return answer;
}

Answer TaskService::list() const {
  json tasks = json::array();
  for (const KnownTask& task : book_.all()) {
    tasks.push_back({{"TaskID", task.record->task_id},
                     {"Status", is_running(task) ? 1 : 0},
                     {"SrcID", task.record->src_id}});
  }
  return {kCodeOk, "ok", std::move(tasks)};
}

json TaskService::describe(const KnownTask& task) const {
  const TaskRecord& record = *task.record;
  const std::vector<RunStatus> statuses = supervisor_.status(record.task_id);
  const std::vector<NodeRecord> ingest_nodes = live_nodes_("ingest");
  json algorithms = json::array();
  for (std::uint32_t i = 0; i < record.algorithms.size(); ++i) {
    const AlgorithmSpec& spec = record.algorithms[i];
    json algorithm = {{"Type", spec.type}, {"Name", spec.name}, {"IngestNode", spec.ingest_node}};
    if (i < statuses.size()) {
      const RunStatus& status = statuses[i];
      algorithm["State"] = name_of(status.state);
      algorithm["Since"] = status.since_us / 1'000'000;
      algorithm["Reason"] = status.reason;
      const bool is_taken =
          std::any_of(ingest_nodes.begin(), ingest_nodes.end(),
                      [&](const NodeRecord& node) { return node.node == spec.ingest_node; });
      if (status.state == RunState::kRunning && !is_taken) {
        algorithm["Reason"] = fmt::format("ingest-node {} is not up, frames are lost", spec.ingest_node);
      }
      algorithm["LastExit"] = status.last_exit;
      algorithm["Pid"] = status.pid;
      algorithm["Restarts"] = status.restarts;
    } else {
      // Not ours to run, or ended before this process started.
      algorithm["State"] = record.api_node == options_.node_name ? "ended" : "on another node";
    }
    if (const auto error = task.stream_errors.find(i); error != task.stream_errors.end()) {
      algorithm["StreamError"] = {{"Text", error->second.text}, {"At", error->second.at_us / 1'000'000}};
    }
    algorithms.push_back(std::move(algorithm));
  }
  return {{"TaskID", record.task_id}, {"Status", is_running(task) ? 1 : 0},
          {"SrcID", record.src_id},   {"CreatedAt", record.created_us / 1'000'000},
          {"Node", record.api_node},  {"Algorithms", std::move(algorithms)}};
}

bool TaskService::is_running(const KnownTask& task) const {
  const TaskRecord& record = *task.record;
  if (record.api_node != options_.node_name) {
    if (!record.should_run) return false;
    const auto nodes = live_nodes_("api");
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](const auto& node) { return node.node == record.api_node; });
  }
  const std::vector<RunStatus> statuses = supervisor_.status(record.task_id);
  return std::any_of(statuses.begin(), statuses.end(),
                     [](const RunStatus& status) { return counts_as_running(status.state); });
}

bool TaskService::has_definition(const KnownTask& task, const json& definition) const {
  const auto present = parse_json(task.record->definition_json);
  return present && *present == definition;
}

Result<std::optional<KnownTask>> TaskService::refresh(const std::string& task_id) {
  const std::string key = topics::task_key(task_id);
  const auto entry = bus_.get(key);
  if (!entry) return tl::unexpected(entry.error());
  if (!*entry) {
    if (const auto known = book_.find(task_id)) drop(key, known->revision);
    return std::nullopt;
  }
  const auto record = read_record(**entry);
  if (!record) return tl::unexpected(Error(record.error()).within("the task's record"));
  adopt(*record, (*entry)->revision);
  return book_.find(task_id);
}

void TaskService::adopt(const TaskRecord& record, bus::Revision revision) {
  const std::lock_guard lock(adopting_);
  const auto before = book_.find(record.task_id);
  if (!book_.put(record, revision)) return;
  if (runs_here(record)) {
    if (before && only_moved(*before->record, record)) {
      supervisor_.point_elsewhere(record, revision);
    } else {
      supervisor_.run(record, revision);
    }
  } else {
    supervisor_.stop(record.task_id, false);
  }
}

void TaskService::drop(const std::string& key, bus::Revision revision) {
  const std::lock_guard lock(adopting_);
  if (const auto task_id = book_.erase(key, revision)) supervisor_.stop(*task_id, true);
}

void TaskService::on_changes(const bus::Watch::Changes& changes) {
  bus::Revision newest = 0;
  for (const bus::Entry& entry : changes.entries) {
    newest = std::max(newest, entry.revision);
    if (entry.deleted) {
      drop(entry.key, entry.revision);
      continue;
    }
    const auto record = read_record(entry);
    if (record) {
      adopt(*record, entry.revision);
    } else {
      log::warn("task_record_unreadable", {{"key", entry.key}, {"reason", record.error().message}});
    }
  }
  if (changes.reset) forget_all_but(changes.entries);
  book_.settle(newest);
  if (knows_tasks_) return;
  {
    const std::lock_guard lock(knowing_);
    knows_tasks_ = true;
  }
  known_.notify_all();
}

bool TaskService::wait_until_known(std::chrono::milliseconds limit) {
  std::unique_lock lock(knowing_);
  return known_.wait_for(lock, limit, [this] { return knows_tasks_.load(); });
}

// A task that was written after the state was taken is not among the entries either, so the KV is asked.
void TaskService::forget_all_but(const std::vector<bus::Entry>& entries) {
  std::set<std::string> present;
  for (const bus::Entry& entry : entries) present.insert(entry.key);
  for (const KnownTask& task : book_.all()) {
    const std::string key = topics::task_key(task.record->task_id);
    if (present.contains(key)) continue;
    const auto entry = bus_.get(key);
    if (entry && !*entry) drop(key, task.revision);
  }
}

bool TaskService::on_all_ended(const std::string& task_id) {
  const std::lock_guard lock(lock_of(task_id));
  for (int i = 0; i < kCasTries; ++i) {
    const auto known = book_.find(task_id);
    if (!known || !known->record->should_run || is_running(*known)) return true;
    TaskRecord record = *known->record;
    record.should_run = false;
    const CasResult written = bus_.cas(topics::task_key(task_id), known->revision, encode(record));
    if (written.done()) {
      adopt(record, written.revision);
      return true;
    }
    if (!refresh(task_id)) break;
  }
  log::warn("task_end_not_recorded", {{"task", task_id}});
  return false;
}

bool TaskService::runs_here(const TaskRecord& record) const {
  return record.api_node == options_.node_name && record.should_run;
}

std::set<std::string> TaskService::used_ingest_nodes() const {
  std::set<std::string> used;
  for (const KnownTask& task : book_.all()) {
    if (!runs_here(*task.record)) continue;
    for (const AlgorithmSpec& spec : task.record->algorithms) used.insert(spec.ingest_node);
  }
  return used;
}

std::vector<std::pair<std::string, std::uint32_t>> TaskService::algorithms_at(
    const std::string& ingest_node) const {
  std::vector<std::pair<std::string, std::uint32_t>> found;
  for (const KnownTask& task : book_.all()) {
    if (!runs_here(*task.record)) continue;
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
    auto nodes = live_nodes_("ingest");
    if (!known || !runs_here(*known->record) || nodes.empty()) continue;
    TaskRecord record = *known->record;
    auto used = count_used();
    for (AlgorithmSpec& spec : record.algorithms) {
      if (spec.ingest_node != gone) continue;
      spec.ingest_node = ingest_choice_.choose(nodes, used, IngestChoice::Clock::now()).node;
      ++used[spec.ingest_node];
    }
    const CasResult written = bus_.cas(topics::task_key(task_id), known->revision, encode(record));
    if (written.done()) {
      adopt(record, written.revision);
    } else if (!refresh(task_id)) {
      return;  // the broker is away; whether it was written shows later
    }
  }
}

std::mutex& TaskService::lock_of(const std::string& task_id) {
  return locks_[std::hash<std::string>{}(task_id) % locks_.size()];
}

}  // namespace stream::api
