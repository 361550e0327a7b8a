#include "task_records.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "stream/common/json_reader.hpp"
#include "stream/common/log.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api {
namespace {

// Nothing but the ingest-nodes differs, and they do: a record that is written again as it was asks for what
// a create does.
bool only_moved(TaskRecord before, const TaskRecord& now) {
  if (before == now || before.algorithms.size() != now.algorithms.size()) return false;
  for (std::size_t i = 0; i < now.algorithms.size(); ++i) {
    before.algorithms[i].ingest_node = now.algorithms[i].ingest_node;
  }
  return before == now;
}

// One of its algorithms has ended more than before, which its node knows: it wrote that. Who runs a task
// again writes a record without ends.
bool only_ended(TaskRecord before, const TaskRecord& now) {
  if (before.ends == now.ends || now.ends.empty()) return false;
  before.ends = now.ends;
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

}  // namespace

TaskRecords::TaskRecords(bus::Bus& bus, Supervisor& supervisor, TaskBook& book, std::string node_name,
                         std::chrono::milliseconds stop_grace)
    : bus_(bus),
      supervisor_(supervisor),
      book_(book),
      node_name_(std::move(node_name)),
      stop_grace_(stop_grace) {}

bool TaskRecords::runs_here(const TaskRecord& record) const {
  return record.api_node == node_name_ && record.should_run;
}

Result<std::optional<KnownTask>> TaskRecords::refresh(const std::string& task_id) {
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

void TaskRecords::adopt(const TaskRecord& record, bus::Revision revision) {
  const std::lock_guard lock(adopting_);
  const auto before = book_.find(record.task_id);
  if (!book_.put(record, revision)) return;
  if (before) note_freed(*before->record, &record);
  if (record.api_node != node_name_) {
    const bool was_ours = before && before->record->api_node == node_name_;
    if (was_ours || supervisor_.kept(record.task_id)) supervisor_.give_up(record.task_id);
  } else if (!record.should_run) {
    supervisor_.stop(record.task_id);
  } else if (before && only_moved(*before->record, record)) {
    supervisor_.point_elsewhere(record, revision);
  } else if (!before || !only_ended(*before->record, record)) {
    supervisor_.run(record, revision);
  }
}

void TaskRecords::drop(const std::string& key, bus::Revision revision) {
  const std::lock_guard lock(adopting_);
  const auto record = book_.erase(key, revision);
  if (!record) return;
  note_freed(*record, nullptr);
  if (record->api_node == node_name_) {
    supervisor_.forget(*record);
  } else {
    kept_elsewhere_.insert_or_assign(record->task_id, Kept{record, Clock::now() + stop_grace_});
  }
  std::erase_if(kept_elsewhere_,
                [now = Clock::now()](const auto& entry) { return entry.second.until < now; });
}

void TaskRecords::note_freed(const TaskRecord& before, const TaskRecord* now) {
  // A process that does not listen is restarted after so long.
  constexpr std::chrono::seconds kToldWithin{30};
  if (before.api_node == node_name_) return;
  for (std::size_t i = 0; i < before.algorithms.size(); ++i) {
    const AlgorithmSpec& spec = before.algorithms[i];
    if (spec.shared_key.empty()) continue;
    const bool is_kept = now != nullptr && i < now->algorithms.size() &&
                         now->algorithms[i].shared_key == spec.shared_key &&
                         now->algorithms[i].shared_channel == spec.shared_channel;
    if (!is_kept)
      freed_elsewhere_[{spec.shared_key, spec.shared_channel}] = Clock::now() + stop_grace_ + kToldWithin;
  }
}

std::set<Seat> TaskRecords::busy_seats() {
  auto busy = supervisor_.busy_seats();
  const std::lock_guard lock(adopting_);
  std::erase_if(freed_elsewhere_, [now = Clock::now()](const auto& entry) { return entry.second <= now; });
  for (const auto& [seat, until] : freed_elsewhere_) busy.insert(seat);
  return busy;
}

std::optional<TaskRecord> TaskRecords::kept(const std::string& task_id) {
  if (auto record = supervisor_.kept(task_id)) return record;
  const std::lock_guard lock(adopting_);
  const auto found = kept_elsewhere_.find(task_id);
  if (found == kept_elsewhere_.end() || found->second.until < Clock::now()) return std::nullopt;
  return *found->second.record;
}

void TaskRecords::on_changes(const bus::Watch::Changes& changes) {
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
  if (known_) return;
  {
    const std::lock_guard lock(knowing_);
    known_ = true;
  }
  became_known_.notify_all();
  supervisor_.end_unclaimed();
}

bool TaskRecords::wait_until_known(std::chrono::milliseconds limit) {
  std::unique_lock lock(knowing_);
  return became_known_.wait_for(lock, limit, [this] { return known_.load(); });
}

// A task that was written after the state was taken is not among the entries either, so the KV is asked.
void TaskRecords::forget_all_but(const std::vector<bus::Entry>& entries) {
  std::set<std::string> present;
  for (const bus::Entry& entry : entries) present.insert(entry.key);
  for (const KnownTask& task : book_.all()) {
    const std::string key = topics::task_key(task.record->task_id);
    if (present.contains(key)) continue;
    const auto entry = bus_.get(key);
    if (entry && !*entry) drop(key, task.revision);
  }
}

}  // namespace stream::api
