#include "task_runner.hpp"

#include <algorithm>
#include <utility>

#include "config_files.hpp"
#include "shared_member.hpp"
#include "stream/common/log.hpp"
#include "stream_run.hpp"
#include "trouble_file.hpp"

namespace stream::api {

TaskRunner::TaskRunner(RunnerTools& tools, TaskRecord record, bus::Revision revision)
    : tools_(tools), record_(std::move(record)), revision_(revision) {
  for (std::size_t i = 0; i < record_.algorithms.size(); ++i) slots_.push_back(make_slot(i));
}

TaskRunner::Slot TaskRunner::make_slot(std::size_t algorithm) const {
  const auto index = static_cast<std::uint32_t>(algorithm);
  if (record_.algorithms[index].shared_key.empty())
    return {std::make_unique<StreamRun>(tools_, record_, index), false};
  return {std::make_unique<SharedMember>(tools_, record_, index, revision_), false};
}

TaskRunner::Slot TaskRunner::make_anew(std::uint32_t algorithm) const {
  remove_trouble(algorithm_folder(tools_.launcher.data_dir(), record_.task_id, algorithm));
  return make_slot(algorithm);
}

// ---- changes

Changes TaskRunner::change(TaskRecord record, bus::Revision revision) {
  std::vector<bool> same;
  for (std::size_t i = 0; i < std::min(record_.algorithms.size(), record.algorithms.size()); ++i) {
    same.push_back(goes_on(slots_[i], record));
  }
  const std::vector<Change> places = plan_places(record_, record, same);
  Changes changes = plan_changes(record_, record, same);
  record_ = std::move(record);
  revision_ = revision;
  const bool was_kept = std::exchange(keeping_, false);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Change change = places[i];
    if (change == Change::kAdded && i == slots_.size()) {
      slots_.push_back(make_slot(i));
    } else if (change == Change::kAdded || change == Change::kRestarted) {
      restart(slots_[i]);
    } else if (change == Change::kRemoved) {
      slots_[i].begins_anew = false;
      slots_[i].run->request_stop();
    }
    if (change != Change::kRemoved) slots_[i].run->set_record(record_);
    if (was_kept || change != Change::kUnchanged) {
      slots_[i].run->tell(was_kept ? "created_again" : "changed", std::string(name_of(change)));
    }
  }
  return changes;
}

bool TaskRunner::goes_on(const Slot& slot, const TaskRecord& now) const {
  const AlgorithmRun& run = *slot.run;
  if (slot.begins_anew || (keeping_ && !run.has_process()) || needs_help(run.status().state)) return false;
  const std::uint32_t i = run.algorithm();
  if (now.algorithms[i].ingest_node != record_.algorithms[i].ingest_node) return false;
  return run.suits(now);
}

// Its process, if there is one, ends first: both would work in one folder.
void TaskRunner::restart(Slot& slot) {
  if (!slot.run->has_process()) {
    slot = make_anew(slot.run->algorithm());
    return;
  }
  slot.run->request_restart();
  slot.begins_anew = true;  // should it be ending already, for another reason
}

void TaskRunner::point_elsewhere(TaskRecord record, bus::Revision revision) {
  for (std::size_t i = 0; i < record.algorithms.size(); ++i) {
    AlgorithmRun& run = *slots_[i].run;
    const std::string& before = record_.algorithms[i].ingest_node;
    const std::string& now = record.algorithms[i].ingest_node;
    if (before == now || run.is_over()) continue;
    run.leave_ingest();  // what is not running finds its ingest-node when it starts
    run.tell("moved", fmt::format("from ingest-node {} to {}", before, now));
  }
  record_ = std::move(record);
  revision_ = revision;
}

void TaskRunner::check_ingest_addresses() {
  if (keeping_) return;
  for (std::size_t i = 0; i < record_.algorithms.size(); ++i) {
    AlgorithmRun& run = *slots_[i].run;
    if (!run.follow_ingest(record_)) continue;
    const auto& node = tools_.ingest(record_.algorithms[i].ingest_node);
    run.tell("moved", fmt::format("ingest-node {} is at {} now", node->node, node->address));
  }
}

void TaskRunner::keep() {
  keeping_ = true;
  for (const Slot& slot : slots_) {
    if (slot.run->has_process()) slot.run->tell("kept", fmt::format("pid {}", slot.run->status().pid));
  }
}

void TaskRunner::stop() {
  for (Slot& slot : slots_) {
    slot.begins_anew = false;
    slot.run->request_stop();
  }
}

// ---- what is due

void TaskRunner::step() {
  for (Slot& slot : slots_) step(slot);
  drop_removed();
}

void TaskRunner::step(Slot& slot) {
  if (keeping_ && !slot.run->has_process()) slot.run->request_stop();
  slot.run->step(record_, revision_);
  if (!slot.begins_anew) return;
  if (!slot.run->has_process()) {
    slot = make_anew(slot.run->algorithm());
  } else if (slot.run->has_begun_anew()) {
    slot.begins_anew = false;
  }
}

void TaskRunner::drop_removed() {
  while (slots_.size() > record_.algorithms.size() && slots_.back().run->is_over()) {
    const auto folder =
        algorithm_folder(tools_.launcher.data_dir(), record_.task_id, slots_.back().run->algorithm());
    if (auto removed = remove_folder(folder); !removed) {
      log::warn("algorithm_folder_stays", {{"task", record_.task_id}, {"reason", removed.error().message}});
    }
    slots_.pop_back();
  }
}

// ---- how it stands

bool TaskRunner::has_process() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.run->has_process(); });
}

bool TaskRunner::is_over() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.run->is_over(); });
}

std::size_t TaskRunner::count_ended() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < record_.algorithms.size(); ++i)
    count += has_ended(slots_[i].run->status()) ? 1 : 0;
  return count;
}

std::vector<StreamStatus> TaskRunner::status() const {
  std::vector<StreamStatus> statuses;
  for (std::size_t i = 0; i < record_.algorithms.size(); ++i) statuses.push_back(slots_[i].run->status());
  return statuses;
}

}  // namespace stream::api
