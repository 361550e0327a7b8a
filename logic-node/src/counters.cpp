#include "counters.hpp"

namespace stream::logic {

Counters::Counters(Metrics& m)
    : frames_received(m.counter("stream_logic_frames_received_total", "Frames that arrived")),
      frames_processed(m.counter("stream_logic_frames_processed_total", "Frames that were decided on")),
      frames_lost(m.counter("stream_logic_frames_lost_total", "Frames lost on the way from the ingest-node")),
      frames_malformed(
          m.counter("stream_logic_frames_dropped_total", "Frames dropped", {{"reason", "malformed"}})),
      frames_unassigned(
          m.counter("stream_logic_frames_dropped_total", "Frames dropped", {{"reason", "unassigned"}})),
      frames_mislabelled(
          m.counter("stream_logic_frames_dropped_total", "Frames dropped", {{"reason", "mislabelled"}})),
      objects_crowded_out(m.counter("stream_logic_objects_crowded_out_total",
                                    "Objects forgotten early because a task had over max_objects")),
      alarms_decided(m.counter("stream_logic_alarms_decided_total", "Alarms decided")),
      alarms_stored(m.counter("stream_logic_alarms_enqueued_total", "Alarms now in the durable queue")),
      alarms_duplicate(
          m.counter("stream_logic_alarms_duplicate_total", "Alarms that were in the queue before")),
      alarms_backlog(
          m.counter("stream_logic_alarms_dropped_total", "Alarms dropped", {{"reason", "backlog"}})),
      alarms_stopped(
          m.counter("stream_logic_alarms_dropped_total", "Alarms dropped", {{"reason", "stopped"}})),
      enqueue_full(
          m.counter("stream_logic_enqueue_repeats_total", "Alarms offered again", {{"reason", "full"}})),
      enqueue_unknown(
          m.counter("stream_logic_enqueue_repeats_total", "Alarms offered again", {{"reason", "unknown"}})),
      pictures_fetched(
          m.counter("stream_logic_pictures_fetched_total", "Pictures fetched from ingest-nodes")),
      pictures_gone(m.counter("stream_logic_pictures_lost_total", "Placeholders sent", {{"reason", "gone"}})),
      pictures_unreachable(
          m.counter("stream_logic_pictures_lost_total", "Placeholders sent", {{"reason", "unreachable"}})),
      pictures_invalid(
          m.counter("stream_logic_pictures_lost_total", "Placeholders sent", {{"reason", "invalid"}})),
      pictures_too_large(
          m.counter("stream_logic_pictures_lost_total", "Placeholders sent", {{"reason", "too_large"}})),
      alarms_without_scene(m.counter("stream_logic_alarms_without_scene_total", "Alarms with picture_lost")),
      events_left_out(m.counter("stream_logic_events_left_out_total", "Events over the limit of one alarm")),
      boxes_unknown(m.counter("stream_logic_boxes_unknown_total", "Events whose box is the whole picture")),
      records_refused(
          m.counter("stream_logic_task_records_refused_total", "Task records that cannot be worked with")),
      tasks(m.gauge("stream_logic_tasks", "Tasks, one per algorithm, that are on this node")) {}

TaskCounters TaskCounterSource::counters_for(const std::string& task_id, std::uint32_t algorithm) {
  const bool own = known_.contains(task_id) || known_.size() < most_tasks_;
  if (own) known_.insert(task_id);
  const Labels labels = own ? Labels{{"task", task_id}, {"algorithm", std::to_string(algorithm)}}
                            : Labels{{"task", "others"}, {"algorithm", ""}};
  return {metrics_.counter("stream_logic_task_frames_processed_total", "Frames of a task decided on", labels),
          metrics_.counter("stream_logic_task_frames_dropped_total", "Frames of a task dropped", labels),
          metrics_.counter("stream_logic_task_frames_lost_total", "Frames of a task lost on the way", labels),
          metrics_.counter("stream_logic_task_alarms_total", "Alarms of a task decided", labels)};
}

}  // namespace stream::logic
