// The members of every message by name: the one list that encoder, decoder and display walk.
//
// visit(message, f) calls f("name", member) for each member in wire order. Binary members are wrapped in
// Picture (JPEG), Bytes or BytesList, so that they travel as bin; the first two are shown as their size.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "stream/schemas/messages.hpp"

namespace stream::detail {

// A reference to a member that holds a JPEG.
template <class String>
struct Picture {
  String& bytes;
};
template <class String>
Picture(String&) -> Picture<String>;

// A reference to a member that holds bytes of some other kind.
template <class String>
struct Bytes {
  String& bytes;
};
template <class String>
Bytes(String&) -> Bytes<String>;

// A reference to a list of them.
template <class List>
struct BytesList {
  List& items;
};
template <class List>
BytesList(List&) -> BytesList<List>;

// M is the message type, const when reading from it.
template <class M, class T>
concept MessageIs = std::is_same_v<std::remove_const_t<M>, T>;

template <MessageIs<Box> M, class F>
void visit(M& m, F&& f) {
  f("x", m.x), f("y", m.y), f("width", m.width), f("height", m.height);
}

template <MessageIs<FrameRef> M, class F>
void visit(M& m, F&& f) {
  f("address", m.address), f("boot", m.boot), f("sequence", m.sequence);
}

template <MessageIs<Detection> M, class F>
void visit(M& m, F&& f) {
  f("box", m.box), f("class_id", m.class_id), f("label", m.label), f("score", m.score);
}

template <MessageIs<SubObject> M, class F>
void visit(M& m, F&& f) {
  f("label", m.label), f("has_picture", m.has_picture);
}

template <MessageIs<Pose> M, class F>
void visit(M& m, F&& f) {
  f("keypoints", m.keypoints);
}

template <MessageIs<Face> M, class F>
void visit(M& m, F&& f) {
  f("box", m.box), f("score", m.score), f("points_x", m.points_x), f("points_y", m.points_y);
}

template <MessageIs<FrameMeta> M, class F>
void visit(M& m, F&& f) {
  f("task_id", m.task_id), f("algorithm", m.algorithm), f("ref", m.ref), f("channel", m.channel);
  f("frame_id", m.frame_id), f("timestamp_us", m.timestamp_us), f("received_us", m.received_us);
  f("width", m.width), f("height", m.height), f("end_of_stream", m.end_of_stream);
  f("body_bytes", m.body_bytes), f("detections", m.detections), f("track_ids", m.track_ids);
  f("sub_objects", m.sub_objects), f("poses", m.poses), f("faces", m.faces);
  f("number", m.number), f("source", m.source), f("poster", m.poster);
}

template <MessageIs<FrameBatch> M, class F>
void visit(M& m, F&& f) {
  f("frames", BytesList{m.frames});
}

template <MessageIs<AlarmEvent> M, class F>
void visit(M& m, F&& f) {
  f("type", m.type), f("box", m.box), f("picture", Picture{m.picture});
  f("extend_json", m.extend_json), f("key", m.key);
}

template <MessageIs<Alarm> M, class F>
void visit(M& m, F&& f) {
  f("id", m.id), f("task_id", m.task_id), f("src_id", m.src_id), f("algorithm", m.algorithm);
  f("frame_index", m.frame_index), f("timestamp_us", m.timestamp_us), f("decided_us", m.decided_us);
  f("scene", Picture{m.scene}), f("picture_lost", m.picture_lost), f("events", m.events);
  f("report_urls", m.report_urls), f("report_policy", m.report_policy);
}

template <MessageIs<TaskEvent> M, class F>
void visit(M& m, F&& f) {
  f("task_id", m.task_id), f("algorithm", m.algorithm), f("kind", m.kind), f("text", m.text);
  f("at_us", m.at_us);
}

template <MessageIs<SystemEvent> M, class F>
void visit(M& m, F&& f) {
  f("id", m.id), f("kind", m.kind), f("severity", m.severity), f("subject", m.subject), f("text", m.text);
  f("since_ms", m.since_ms), f("at_ms", m.at_ms), f("node", m.node), f("cleared", m.cleared);
  f("flaps", m.flaps);
}

template <MessageIs<BegunEvent> M, class F>
void visit(M& m, F&& f) {
  f("event", m.event), f("subject", m.subject);
}

template <MessageIs<BegunEvents> M, class F>
void visit(M& m, F&& f) {
  f("events", m.events);
}

template <MessageIs<ReportResult> M, class F>
void visit(M& m, F&& f) {
  f("alarm_id", m.alarm_id), f("task_id", m.task_id), f("url", m.url), f("outcome", m.outcome);
  f("status", m.status), f("detail", m.detail), f("attempt", m.attempt), f("duration_ms", m.duration_ms);
  f("at_us", m.at_us);
}

template <MessageIs<AlgorithmSpec> M, class F>
void visit(M& m, F&& f) {
  f("type", m.type), f("name", m.name), f("path_key", m.path_key), f("ingest_node", m.ingest_node);
  f("sample_interval", m.sample_interval);
  f("logic_json", m.logic_json), f("life", m.life);
  f("shared_key", m.shared_key), f("shared_channel", m.shared_channel);
  f("shared_files", m.shared_files), f("not_shared", m.not_shared);
}

template <MessageIs<TaskRecord> M, class F>
void visit(M& m, F&& f) {
  f("task_id", m.task_id), f("src_id", m.src_id), f("definition_json", m.definition_json);
  f("should_run", m.should_run), f("api_node", m.api_node), f("created_us", m.created_us);
  f("report_urls", m.report_urls), f("algorithms", m.algorithms), f("report_policy", m.report_policy);
  f("ends", m.ends);
}

template <MessageIs<DeliveryRecord> M, class F>
void visit(M& m, F&& f) {
  f("alarm_id", m.alarm_id), f("owner", m.owner), f("owner_boot", m.owner_boot), f("nonce", m.nonce);
  f("done", m.done), f("attempts", m.attempts), f("failed_rounds", m.failed_rounds);
  f("refused_rounds", m.refused_rounds), f("delivered", m.delivered), f("reason", m.reason);
}

template <MessageIs<ChannelFlow> M, class F>
void visit(M& m, F&& f) {
  f("task_id", m.task_id), f("algorithm", m.algorithm), f("taken", m.taken), f("refused", m.refused);
  f("waiting", m.waiting), f("last_frame_us", m.last_frame_us), f("end_of_stream", m.end_of_stream);
}

template <MessageIs<FlowReport> M, class F>
void visit(M& m, F&& f) {
  f("node", m.node), f("boot", m.boot), f("channels", m.channels);
}

template <MessageIs<ProcessState> M, class F>
void visit(M& m, F&& f) {
  f("state", m.state), f("reason", m.reason), f("text", m.text), f("over", m.over);
  f("since_us", m.since_us), f("last_exit", m.last_exit), f("exit_code", m.exit_code);
  f("exit_signal", m.exit_signal), f("pid", m.pid), f("restarts", m.restarts);
  f("fps_in", m.fps_in), f("fps_posted", m.fps_posted), f("last_frame_us", m.last_frame_us);
  f("memory_bytes", m.memory_bytes);
}

template <MessageIs<ProcessChange> M, class F>
void visit(M& m, F&& f) {
  f("type", m.type), f("name", m.name), f("change", m.change);
}

template <MessageIs<TaskState> M, class F>
void visit(M& m, F&& f) {
  f("task_id", m.task_id), f("revision", m.revision);
  f("changes", m.changes), f("processes", m.processes);
}

template <MessageIs<StateReport> M, class F>
void visit(M& m, F&& f) {
  f("node", m.node), f("tasks", m.tasks);
}

template <MessageIs<NodeRecord> M, class F>
void visit(M& m, F&& f) {
  f("node", m.node), f("role", m.role), f("boot", m.boot), f("counter", m.counter);
  f("address", m.address), f("admin_address", m.admin_address), f("tasks_revision", m.tasks_revision);
  f("load", m.load), f("version", m.version), f("weight", m.weight);
  f("labels", m.labels), f("max_processes", m.max_processes);
}

template <MessageIs<OutboxEntry> M, class F>
void visit(M& m, F&& f) {
  f("id", m.id), f("payload", Bytes{m.payload});
}

template <MessageIs<OwnedState> M, class F>
void visit(M& m, F&& f) {
  f("epoch", m.epoch), f("owner", m.owner), f("owner_boot", m.owner_boot), f("state", Bytes{m.state});
  f("outbox", m.outbox);
}

template <MessageIs<FramePosition> M, class F>
void visit(M& m, F&& f) {
  f("boot", m.boot), f("number", m.number), f("address", m.address);
}

template <MessageIs<ClockState> M, class F>
void visit(M& m, F&& f) {
  f("timestamp_us", m.timestamp_us), f("received_us", m.received_us), f("running_us", m.running_us);
  f("started", m.started);
}

template <MessageIs<LineSide> M, class F>
void visit(M& m, F&& f) {
  f("side", m.side), f("clear", m.clear), f("went_through", m.went_through);
}

template <MessageIs<RememberedObject> M, class F>
void visit(M& m, F&& f) {
  f("key", m.key), f("last_present", m.last_present), f("last_present_us", m.last_present_us);
  f("seen", m.seen), f("first_counted", m.first_counted), f("last_counted", m.last_counted);
  f("first_counted_us", m.first_counted_us), f("last_counted_us", m.last_counted_us);
  f("away_us", m.away_us), f("alarmed", m.alarmed), f("crossed", m.crossed), f("alarmed_at", m.alarmed_at);
  f("scores", m.scores), f("has_path", m.has_path), f("last_x", m.last_x), f("last_y", m.last_y);
  f("sides", m.sides);
}

template <MessageIs<TrackedBox> M, class F>
void visit(M& m, F&& f) {
  f("id", m.id), f("class_id", m.class_id), f("box", m.box), f("last_frame", m.last_frame);
}

template <MessageIs<IouState> M, class F>
void visit(M& m, F&& f) {
  f("last_id", m.last_id), f("objects", m.objects);
}

template <MessageIs<CustomMemory> M, class F>
void visit(M& m, F&& f) {
  f("rule", m.rule), f("memory", Bytes{m.memory});
}

template <MessageIs<RuleState> M, class F>
void visit(M& m, F&& f) {
  f("identity", m.identity), f("drawing", m.drawing), f("clock", m.clock);
  f("last_frame_id", m.last_frame_id), f("frame_count", m.frame_count), f("objects", m.objects);
  f("iou", m.iou), f("custom", m.custom);
}

template <MessageIs<LogicState> M, class F>
void visit(M& m, F&& f) {
  f("source", m.source), f("counting", m.counting), f("life", m.life), f("episodes", m.episodes);
  f("positions", m.positions), f("processed", m.processed), f("lost", m.lost);
  f("memory", m.memory), f("posters", m.posters);
}

template <MessageIs<PictureDraft> M, class F>
void visit(M& m, F&& f) {
  f("kind", m.kind), f("sub_object", m.sub_object), f("pose", m.pose), f("whole_scene", m.whole_scene);
}

template <MessageIs<AlarmDraft> M, class F>
void visit(M& m, F&& f) {
  f("alarm", m.alarm), f("frame", m.frame), f("pictures", m.pictures);
}

// How many members visit() shows.
template <class M>
std::size_t member_count(const M& m) {
  std::size_t count = 0;
  visit(m, [&count](std::string_view, const auto&) { ++count; });
  return count;
}

// A struct that visit() knows, as opposed to a number, text or list.
template <class T>
concept Record = requires(T& t) {
  visit(t, [](std::string_view, const auto&) {});
};

}  // namespace stream::detail
