// The node's counters, looked up once. README.md lists them.
#pragma once

#include <memory>

#include "rule_counters.hpp"
#include "stream/common/metrics.hpp"

namespace stream::logic {

// Thread-safe and cheap to copy, like what it holds.
struct Counters {
  explicit Counters(Metrics& metrics);

  Counter frames_received, frames_fetched, frames_processed;
  Counter frames_malformed, frames_unassigned, frames_mislabelled, frames_superseded;  // dropped, by reason
  Counter frames_repeated, frames_put_off;                                             // dropped, by reason
  Counter frames_missed, frames_lost;
  Counter fetches_answered, fetches_gone, fetches_unreachable;
  Counter objects_crowded_out;
  Counter alarms_decided, alarms_stored, alarms_duplicate, alarms_not_held, drafts_unreadable;
  Counter enqueue_full, enqueue_unknown;  // repeated, by reason
  Counter pictures_fetched;
  Counter pictures_gone, pictures_unreachable, pictures_invalid, pictures_too_large;  // lost, by reason
  Counter alarms_without_scene, events_left_out, boxes_unknown;
  Counter records_refused;
  Counter tasks_lost;
  Gauge tasks, held_bytes;
};

// The figures of one task and algorithm. The gauges hold for all of its life, whichever nodes it was on, and
// are 0 where it is not: the sum over all nodes is what happened to its frames.
struct TaskCounters {
  TaskCounters(Metrics& metrics, const Labels& labels);

  Counter alarms;
  Gauge processed, lost;
  std::shared_ptr<RuleCounters> rules;  // of this node; gone with its last owner
};

}  // namespace stream::logic
