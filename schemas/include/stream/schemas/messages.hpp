// The messages between the nodes. Values only: copyable, comparable, no behaviour.
//
// On the wire each is a MessagePack map with the member names as keys (codec.hpp): unknown keys are ignored,
// missing ones keep the defaults below, so that old and new nodes understand each other. schemas/fixtures has
// a golden message of each kind that must decode for ever; docs/protocol.md has a worked example.
//
// Pixel coordinates are those of the scene picture, origin at the top left.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stream {

// Top-left corner and size, px.
struct Box {
  std::int32_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Box&) const = default;
};

// Names one frame in the memory of one ingest-node; fetch it by HTTP GET
// http://<address>/frames/<boot>/<sequence>.
struct FrameRef {
  std::string address;         // host:port of the ingest-node
  std::uint64_t boot = 0;      // of the ingest process; a restarted one has forgotten the frame
  std::uint64_t sequence = 0;  // per boot, over all tasks
  bool operator==(const FrameRef&) const = default;
};

struct Detection {
  Box box;
  std::int32_t class_id = 0;
  std::string label;  // empty: the stream process sent none (only the oldest releases do)
  float score = 0;    // the first of mScores, 0 when there is none
  bool operator==(const Detection&) const = default;
};

// A part of the picture that was looked at again, e.g. a licence plate.
struct SubObject {
  std::string label;         // first recognised label; empty when nothing was recognised
  bool has_picture = false;  // the body holds its crop as JPEG
  bool operator==(const SubObject&) const = default;
};

struct Pose {
  std::vector<float> keypoints;  // x, y, score, x, y, score ...; a score of 0 means the point was not found
  bool operator==(const Pose&) const = default;
};

struct Face {
  Box box;
  float score = 0;
  std::vector<float> points_x, points_y;
  bool operator==(const Face&) const = default;
};

// What is decided on: one frame without its pictures. Topic frame/<task>/<algorithm>/.
// The lists are as they came: track_ids and sub_objects belong to the detection of the same index only when
// the lists are equally long.
struct FrameMeta {
  std::string task_id;
  std::uint32_t algorithm = 0;  // index into the task's Algorithm array
  FrameRef ref;
  std::int32_t channel = 0;
  std::int64_t frame_id = 0;
  std::int64_t timestamp_us = 0;       // as sent; can be 0
  std::int64_t received_us = 0;        // UNIX time of arrival
  std::int32_t width = 0, height = 0;  // of the scene picture, px; 0: not sent (oldest releases)
  bool end_of_stream = false;
  std::uint32_t body_bytes = 0;
  std::vector<Detection> detections;
  std::vector<std::int64_t> track_ids;
  std::vector<SubObject> sub_objects;
  std::vector<Pose> poses;
  std::vector<Face> faces;
  // Per ingest boot and life of the task's algorithm, from 1, without a gap: a gap is a loss, and what is
  // missing can be fetched while the ingest-node still has it (FrameBatch). 0: not numbered (old nodes).
  std::uint64_t number = 0;
  std::uint64_t source = 0;  // the life of the task's algorithm that it is of (source.hpp); 0: not said
  // Names the path key that its task had for the ingest-node that took it (source.hpp): another one since the
  // task was handed over to another api-node, with another stream process. 0: not said.
  std::uint64_t poster = 0;
  bool operator==(const FrameMeta&) const = default;
};

// Frames of one task and algorithm, oldest first; the answer to
// GET http://<ref.address>/frames/<ref.boot>/after/<encode_name(task)>/<algorithm>/<number>.
struct FrameBatch {
  std::vector<std::string> frames;  // each an encoded FrameMeta
  bool operator==(const FrameBatch&) const = default;
};

struct AlarmEvent {
  std::int32_t type = 0;
  Box box;
  std::string picture;             // JPEG
  std::string extend_json = "{}";  // a JSON object, text
  std::string key;                 // what identified the object, for logs and taps
  bool operator==(const AlarmEvent&) const = default;
};

// One alarm, complete: it needs nothing else to be delivered. Durable queue "alarms"; a copy on topic
// alarm/<task>/<algorithm>/ while somebody listens.
struct Alarm {
  std::string id;  // unique for ever; the same decision always has the same id
  std::string task_id;
  std::string src_id;
  std::uint32_t algorithm = 0;
  std::int64_t frame_index = 0;
  std::int64_t timestamp_us = 0;  // the frame's, as sent
  std::int64_t decided_us = 0;    // UNIX time
  std::string scene;              // JPEG; a placeholder when picture_lost
  bool picture_lost = false;
  std::vector<AlarmEvent> events;
  std::vector<std::string> report_urls;
  std::string report_policy = "round_robin";  // the task's, see TaskRecord
  bool operator==(const Alarm&) const = default;
};

// Something that happened to a task. Topic event/<task>/.
struct TaskEvent {
  std::string task_id;
  std::uint32_t algorithm = 0;
  std::string kind;        // started, exited, restarting, stopped, stream_error, deleted, ...
  std::string text;        // masked
  std::int64_t at_us = 0;  // UNIX time
  bool operator==(const TaskEvent&) const = default;
};

// Something that went wrong with the system, or is over again: docs/events.md has the kinds. Told once, by
// one of the nodes. Durable queue "events"; a copy on topic event/.system/.
struct SystemEvent {
  std::string id;             // of this event for ever; that of its end is the same with ":over"
  std::string kind;           // camera_offline, camera_online, ... (events/kinds.hpp)
  std::string severity;       // info, warning, error
  std::string subject;        // the task, report URL (masked), folder or node that it is about
  std::string text;           // for people, masked
  std::int64_t since_ms = 0;  // UNIX time at which it became as it says
  std::int64_t at_ms = 0;     // UNIX time at which it was told
  std::string node;           // who says so
  bool cleared = false;       // the end of what an earlier event has told
  std::uint32_t flaps = 0;    // of an end: how often it seemed over, and was not
  bool operator==(const SystemEvent&) const = default;
};

// The beginning of something, told and not yet over.
struct BegunEvent {
  SystemEvent event;    // as it was told
  std::string subject;  // not masked: may hold a password
  bool operator==(const BegunEvent&) const = default;
};

// KV ev/<role>/<node> and ev/broker: what a node must still tell the end of, also when it was restarted.
// Holds passwords of report URLs: never on a topic, never in a log. There is none when nothing has begun.
struct BegunEvents {
  std::vector<BegunEvent> events;
  bool operator==(const BegunEvents&) const = default;
};

// One attempt to deliver an alarm. Topic report/<task>/.
struct ReportResult {
  std::string alarm_id;
  std::string task_id;
  std::string url;          // masked
  std::string outcome;      // delivered, retry, refused, parked
  std::int32_t status = 0;  // HTTP status, 0: none
  std::string detail;       // reason, start of the answer
  std::uint32_t attempt = 1;
  std::uint32_t duration_ms = 0;
  std::int64_t at_us = 0;  // UNIX time
  bool operator==(const ReportResult&) const = default;
};

// One entry of a task's Algorithm array, as the nodes need it.
struct AlgorithmSpec {
  std::int32_t type = 0;             // application-web's number
  std::string name;                  // the folder in algorithms/ and in the installation's samples/
  std::string path_key;              // unguessable; frames come in on /frames/in/<path_key>
  std::string ingest_node;           // which ingest-node receives the frames
  std::int32_t sample_interval = 1;  // mFrameId grows by this from frame to frame
  std::string logic_json = "{}";  // the manifest's "logic" object: what an object is, what goes into an event
  // Which life of the task this is, when the path key does not say it (source.hpp): it is that of a former
  // life, whose stream process goes on, or new in a life that goes on at another api-node. 0: it does.
  std::uint64_t life = 0;
  // The stream process that this one shares with other tasks' algorithms: its frames come in on
  // /frames/in/<shared_key>, with shared_channel as mChannelId. Empty: the process is its own.
  std::string shared_key;
  std::int32_t shared_channel = 0;
  std::uint64_t shared_files = 0;  // hash of the configuration that all who share it have in common
  std::string not_shared;          // why its process is its own though it was to share one; masked
  bool operator==(const AlgorithmSpec&) const = default;
};

// How one stream process is doing, in the words of docs/task-states.md.
struct ProcessState {
  std::string state, reason;
  std::string text;              // masked
  bool over = false;             // nothing will happen any more without a user
  std::int64_t since_us = 0;     // UNIX time of the last change of state
  std::string last_exit;         // how it ended last, for people; empty before
  std::int32_t exit_code = -1;   // of the last end; -1: it was no exit
  std::int32_t exit_signal = 0;  // of the last end; 0: it was no signal
  std::int64_t pid = 0;          // 0: none
  std::uint32_t restarts = 0;
  double fps_in = 0, fps_posted = 0;  // frames a second that it decodes, and that are taken from it
  std::int64_t last_frame_us = 0;     // UNIX time of the last frame that was taken; 0: none
  std::uint64_t memory_bytes = 0;     // of the host; 0: not known
  bool operator==(const ProcessState&) const = default;
};

// KV task/<task>. Holds camera passwords: never on a topic, never in a log.
struct TaskRecord {
  std::string task_id;
  std::string src_id;
  std::string definition_json;  // the body of the create, as it came
  bool should_run = true;
  std::string api_node;         // which api-node runs its stream processes
  std::int64_t created_us = 0;  // UNIX time
  std::vector<std::string> report_urls;
  std::vector<AlgorithmSpec> algorithms;
  // Which of the URLs gets an alarm: "round_robin" one, in turn; "failover" the first that takes it, in this
  // order; "all" each of them.
  std::string report_policy = "round_robin";
  // How those algorithms have ended that are not run any more, without being asked: one entry for each
  // algorithm, `state` empty for the others. Empty while there is none, and in records of old api-nodes.
  std::vector<ProcessState> ends;
  bool operator==(const TaskRecord&) const = default;
};

// KV rep/<alarm>. What reporter-nodes must remember of an alarm from one hand-out to the next: who is at work
// on it, and what has been tried. There is none before the first POST and none after delivery.
struct DeliveryRecord {
  std::string alarm_id;
  std::string owner;             // the reporter-node at work; empty: nobody, whoever is handed it may begin
  std::uint64_t owner_boot = 0;  // of that node
  std::uint64_t nonce = 0;       // of the last write, so that its writer knows it again
  bool done = false;             // delivered; all that is left to do is to acknowledge
  std::uint32_t attempts = 0;    // POSTs that were begun
  std::uint32_t failed_rounds = 0;       // hand-outs in which no URL took it and one of them may do so later
  std::uint32_t refused_rounds = 0;      // hand-outs in which all URLs refused it
  std::vector<std::uint32_t> delivered;  // indexes of the report URLs that have it (policy "all")
  std::string reason;                    // of the last failed round, masked
  bool operator==(const DeliveryRecord&) const = default;
};

// What an ingest-node has counted of one task and algorithm since its process started.
struct ChannelFlow {
  std::string task_id;
  std::uint32_t algorithm = 0;
  std::uint64_t taken = 0;         // frames that were taken: FrameMeta::number of the last one
  std::uint64_t refused = 0;       // frames that were refused because ring_mib was full
  std::uint64_t waiting = 0;       // frames, of those taken, that wait for a logic-node
  std::int64_t last_frame_us = 0;  // UNIX time of the last one that was taken
  bool end_of_stream = false;      // it said that it is the last of its video
  bool operator==(const ChannelFlow&) const = default;
};

// Topic flow/<node>/, every second while somebody subscribes: the channels that had frames, in several
// messages when there are many.
struct FlowReport {
  std::string node;        // the ingest-node
  std::uint64_t boot = 0;  // of its process, as in FrameRef: the counts begin with it
  std::vector<ChannelFlow> channels;
  bool operator==(const FlowReport&) const = default;
};

// What a new definition of a task has changed in one of its algorithms.
struct ProcessChange {
  std::int32_t type = 0;
  std::string name;
  std::string change;
  bool operator==(const ProcessChange&) const = default;
};

struct TaskState {
  std::string task_id;
  std::uint64_t revision = 0;           // of the record that was acted on last
  std::vector<ProcessChange> changes;   // what that has changed
  std::vector<ProcessState> processes;  // one for each algorithm
  bool operator==(const TaskState&) const = default;
};

// Topic state/<node>/, while there are several api-nodes: the tasks that one of them runs, or ran last.
// Those that have changed, ten times a second; all of them every two seconds, in several messages when there
// are many.
struct StateReport {
  std::string node;
  std::vector<TaskState> tasks;
  bool operator==(const StateReport&) const = default;
};

// KV nd/<role>/<node>, volatile.
struct NodeRecord {
  std::string node;
  std::string role;  // api, ingest, logic, reporter
  std::uint64_t boot = 0;
  std::uint64_t counter = 0;         // grows with every write; a peer whose counter stands still is dead
  std::string address;               // host:port where others reach it (ingest: frames in and out)
  std::string admin_address;         // host:port of /metrics, /healthz, /readyz
  std::uint64_t tasks_revision = 0;  // the node knows the tasks up to here
  double load = 0;                   // ingest: frames a second, smoothed over some seconds
  std::string version;
  double weight = 1;                  // its share of the work among the nodes of its role, more than 0
  std::vector<std::string> labels{};  // api: tasks may ask for some of them
  std::uint32_t max_processes = 0;    // api: stream processes it runs at the same time; 0: not said
  bool operator==(const NodeRecord&) const = default;
};

// Something that was decided and must still be handed to a queue.
struct OutboxEntry {
  std::string id;       // under which it is enqueued
  std::string payload;  // what it takes to make the message again; only its owner's code reads it
  bool operator==(const OutboxEntry&) const = default;
};

// KV st/<task>/<algorithm>, durable: who works on it, and all that the next one needs to go on. Lease, fence,
// hand-over and outbox in one value, so that one compare-and-set changes all of them or none.
struct OwnedState {
  std::uint64_t epoch = 0;       // grows with every take-over
  std::string owner;             // name of the node; empty: nobody, it was released
  std::uint64_t owner_boot = 0;  // of its process, as in its NodeRecord
  std::string state;             // bytes; only the owner's code reads them
  std::vector<OutboxEntry> outbox;
  bool operator==(const OwnedState&) const = default;
};

// How far somebody has come in the frames of one process of an ingest-node.
struct FramePosition {
  std::uint64_t boot = 0;    // as in FrameRef
  std::uint64_t number = 0;  // FrameMeta::number of the last frame that is dealt with
  std::string address;       // as in FrameRef
  bool operator==(const FramePosition&) const = default;
};

// ---- what rules remember (decision/): frames are numbered from 1, those that never came included, and 0 is
// never; times are how long the stream had run.

// Of the time of the frames.
struct ClockState {
  std::int64_t timestamp_us = 0, received_us = 0;  // of the last frame, as sent
  std::int64_t running_us = 0;
  bool started = false;
  bool operator==(const ClockState&) const = default;
};

// Of a path beside its last point, for one line. Sides are -1 and 1; 0: none yet.
struct LineSide {
  std::int32_t side = 0;      // where the path is
  std::int32_t clear = 0;     // where it was last clear of the line
  bool went_through = false;  // between the ends, when it last changed sides
  bool operator==(const LineSide&) const = default;
};

// Of one object.
struct RememberedObject {
  std::string key;

  // When it was last in a frame, whether that counted or not; known only of objects that some rule follows
  // beyond what counts, else the same as last_counted.
  std::uint64_t last_present = 0;
  std::int64_t last_present_us = 0;

  // Its stay: since it was new, or had left.
  std::uint64_t seen = 0;           // frames in which it counted; 0: none yet
  std::uint64_t first_counted = 0;  // the first of them
  std::uint64_t last_counted = 0;
  std::int64_t first_counted_us = 0, last_counted_us = 0;
  std::int64_t away_us = 0;   // part of the stay in which it did not count
  bool alarmed = false;       // the stay has had its alarm (without lines)
  std::uint32_t crossed = 0;  // line crossed in this stay that still waits for its alarm, from 1; 0: none

  std::uint64_t alarmed_at = 0;  // frame of its last alarm, while the alarm interval runs; outlives the stay

  std::vector<float> scores;  // the last ones, oldest first

  // Its path: the last place, px of the drawing, and what each line (by number) knows of it.
  bool has_path = false;
  double last_x = 0, last_y = 0;
  std::vector<LineSide> sides;

  bool operator==(const RememberedObject&) const = default;
};

// Of one object that is told from others by its place.
struct TrackedBox {
  std::uint64_t id = 0;
  std::int32_t class_id = 0;
  Box box;
  std::uint64_t last_frame = 0;
  bool operator==(const TrackedBox&) const = default;
};

struct IouState {
  std::uint64_t last_id = 0;
  std::vector<TrackedBox> objects;  // by id
  bool operator==(const IouState&) const = default;
};

// What a rule of one's own remembers. Its bytes mean something to that rule only.
struct CustomMemory {
  std::string rule;  // its name
  std::string memory;
  bool operator==(const CustomMemory&) const = default;
};

// All of it, for one algorithm of a task: what it takes to go on deciding.
struct RuleState {
  // What it was made with. Under other rules of identity nothing of the objects holds, with other lines or
  // another drawing no path does.
  std::string identity, drawing;

  ClockState clock;
  std::int64_t last_frame_id = 0;  // when there was a frame
  std::uint64_t frame_count = 0;
  std::vector<RememberedObject> objects;  // the one not present for longest first
  IouState iou;
  std::vector<CustomMemory> custom;  // of those that remember something
  bool operator==(const RuleState&) const = default;
};

// OwnedState::state of a logic-node: what it needs to go on with a task's algorithm where another one, or its
// own former life, has stopped.
struct LogicState {
  // What the memory holds for: another source is another life of the task, whose frames are numbered anew;
  // `counting` is a hash of how objects are found and frames counted, without which the memory of them is
  // worthless. Other rules do no harm to it.
  std::uint64_t source = 0, counting = 0;
  std::string life;                      // random, of this key; a part of the alarms' ids
  std::uint64_t episodes = 0;            // alarms so far: the other part
  std::vector<FramePosition> positions;  // where its frames come from; the present one first
  std::uint64_t processed = 0;           // frames that were decided on, since the first state
  std::uint64_t lost = 0;                // frames that nobody had any more
  RuleState memory;                      // of the objects, after the last of these frames
  // FrameMeta::poster of these frames, the last one first, a few of them.
  std::vector<std::uint64_t> posters;
  bool operator==(const LogicState&) const = default;
};

// How the picture of one event of an alarm is made.
struct PictureDraft {
  // Cut out of the scene, with a margin; "box": without; "pose": with this one drawn in; "sub_object": as
  // sent.
  std::string kind = "square";
  std::uint32_t sub_object = 0;  // index in the frame
  Pose pose;
  bool whole_scene = false;  // nobody knows where the object is: the event's box is the scene
  bool operator==(const PictureDraft&) const = default;
};

// OutboxEntry::payload of a logic-node: an alarm that is decided, and where to get its pictures.
struct AlarmDraft {
  Alarm alarm;  // without pictures
  FrameRef frame;
  std::vector<PictureDraft> pictures;  // one for each event
  bool operator==(const AlarmDraft&) const = default;
};

}  // namespace stream
