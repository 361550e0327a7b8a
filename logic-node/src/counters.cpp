#include "counters.hpp"

namespace stream::logic {
namespace {

Counter frames_dropped(Metrics& metrics, const char* reason) {
  return metrics.counter("stream_logic_frames_dropped_total", "Frames that arrived and were not used",
                         {{"reason", reason}});
}

Counter fetches(Metrics& metrics, const char* result) {
  return metrics.counter("stream_logic_fetches_total", "Requests for frames that did not arrive",
                         {{"result", result}});
}

Counter pictures_lost(Metrics& metrics, const char* reason) {
  return metrics.counter("stream_logic_pictures_lost_total", "Pictures that could not be had",
                         {{"reason", reason}});
}

Counter enqueue_repeats(Metrics& metrics, const char* reason) {
  return metrics.counter("stream_logic_enqueue_repeats_total", "Alarms offered again", {{"reason", reason}});
}

}  // namespace

Counters::Counters(Metrics& m)
    : frames_received(m.counter("stream_logic_frames_received_total", "Frames that arrived")),
      frames_fetched(m.counter("stream_logic_frames_fetched_total", "Frames that were fetched")),
      frames_processed(m.counter("stream_logic_frames_processed_total", "Frames that were decided on")),
      frames_malformed(frames_dropped(m, "malformed")),
      frames_unassigned(frames_dropped(m, "unassigned")),
      frames_mislabelled(frames_dropped(m, "mislabelled")),
      frames_superseded(frames_dropped(m, "superseded")),
      frames_repeated(frames_dropped(m, "repeated")),
      frames_put_off(frames_dropped(m, "put_off")),
      frames_missed(m.counter("stream_logic_frames_missed_total", "Frames missing on their topic")),
      frames_lost(m.counter("stream_logic_frames_lost_total", "Frames that nobody had any more")),
      fetches_answered(fetches(m, "answered")),
      fetches_gone(fetches(m, "gone")),
      fetches_unreachable(fetches(m, "unreachable")),
      objects_crowded_out(m.counter("stream_logic_objects_crowded_out_total",
                                    "Objects forgotten early because a task had over max_objects")),
      alarms_decided(m.counter("stream_logic_alarms_decided_total", "Alarms decided")),
      alarms_stored(m.counter("stream_logic_alarms_enqueued_total", "Alarms now in the durable queue")),
      alarms_duplicate(
          m.counter("stream_logic_alarms_duplicate_total", "Alarms that were in the queue before")),
      alarms_not_held(m.counter("stream_logic_alarms_not_held_total",
                                "Alarms whose pictures are fetched twice, for lack of room")),
      drafts_unreadable(
          m.counter("stream_logic_alarms_unreadable_total", "Alarms found decided that cannot be read")),
      enqueue_full(enqueue_repeats(m, "full")),
      enqueue_unknown(enqueue_repeats(m, "unknown")),
      pictures_fetched(
          m.counter("stream_logic_pictures_fetched_total", "Pictures fetched from ingest-nodes")),
      pictures_gone(pictures_lost(m, "gone")),
      pictures_unreachable(pictures_lost(m, "unreachable")),
      pictures_invalid(pictures_lost(m, "invalid")),
      pictures_too_large(pictures_lost(m, "too_large")),
      alarms_without_scene(m.counter("stream_logic_alarms_without_scene_total", "Alarms with picture_lost")),
      events_left_out(m.counter("stream_logic_events_left_out_total", "Events over the limit of one alarm")),
      boxes_unknown(m.counter("stream_logic_boxes_unknown_total", "Events whose box is the whole picture")),
      records_refused(
          m.counter("stream_logic_task_records_refused_total", "Task records that cannot be worked with")),
      tasks_lost(m.counter("stream_logic_tasks_lost_total", "Tasks found to be another node's")),
      tasks(m.gauge("stream_logic_tasks", "Tasks, one per algorithm, that are on this node")),
      held_bytes(m.gauge("stream_logic_held_bytes", "Complete alarms that are not in the queue yet")) {}

TaskCounters::TaskCounters(Metrics& m, const Labels& labels)
    : alarms(m.counter("stream_logic_task_alarms_total", "Alarms of a task decided on this node", labels)),
      processed(m.gauge("stream_logic_task_frames_processed", "Frames of a task decided on so far", labels)),
      lost(m.gauge("stream_logic_task_frames_lost", "Frames of a task that nobody had any more", labels)),
      rules(std::make_shared<RuleCounters>(m, labels)) {}

}  // namespace stream::logic
