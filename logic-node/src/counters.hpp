// The node's counters, looked up once. README.md lists them.
#pragma once

#include <set>
#include <string>

#include "stream/common/metrics.hpp"

namespace stream::logic {

// Thread-safe and cheap to copy, like what it holds.
struct Counters {
  explicit Counters(Metrics& metrics);

  Counter frames_received, frames_processed, frames_lost;
  Counter frames_malformed, frames_unassigned, frames_mislabelled;  // dropped, by reason
  Counter objects_crowded_out;
  Counter alarms_decided, alarms_stored, alarms_duplicate;
  Counter alarms_backlog, alarms_stopped;  // dropped, by reason
  Counter enqueue_full, enqueue_unknown;   // repeated, by reason
  Counter pictures_fetched;
  Counter pictures_gone, pictures_unreachable, pictures_invalid, pictures_too_large;  // lost, by reason
  Counter alarms_without_scene, events_left_out, boxes_unknown;
  Counter records_refused;
  Gauge tasks;
};

// The figures of one task and algorithm.
struct TaskCounters {
  Counter processed, dropped, lost, alarms;
};

// Hands out TaskCounters. A counter cannot be taken back, so at most `most_tasks` different tasks get their
// own in the life of the process; those that come later share one (task="others"). Confined to one thread.
class TaskCounterSource {
 public:
  TaskCounterSource(Metrics& metrics, std::size_t most_tasks) : metrics_(metrics), most_tasks_(most_tasks) {}
  TaskCounters counters_for(const std::string& task_id, std::uint32_t algorithm);

 private:
  Metrics& metrics_;
  const std::size_t most_tasks_;
  std::set<std::string> known_;
};

}  // namespace stream::logic
