// What is happening to one stream process, in the words that people, REST and tests use. Values only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stream/common/process.hpp"

namespace stream::api {

enum class StreamState {
  kQueued,     // no process yet: waits for its ingest-node or for its turn
  kStarting,   // the process is there, no video of it was seen yet
  kRunning,    // video flows
  kStalled,    // the process is there, its video has stopped or never came
  kBlocked,    // the process is there, but we cannot take or count its frames; not the camera's fault
  kEnded,      // it played its source to the end; not run again
  kBackoff,    // it ended or could not be started; the next try comes
  kCrashLoop,  // as kBackoff, after too many abnormal ends in a short time; slow tries go on
  kStopping,   // asked to go
  kStopped,    // gone, as asked
  kFailed,     // it cannot be started as it is, or must not be started again; the text says what is wrong
};

// "queued", "starting", ..., "crash_loop", ...
std::string_view name_of(StreamState state);
// What application-web's Status 1 means: starting, running, stalled, blocked, backoff.
bool counts_as_running(StreamState state);
// Nothing but slow tries: who asks again wants one now.
bool needs_help(StreamState state);
// There is a process.
bool has_process(StreamState state);

// Why it is in its state. The names are part of the REST answers: they are added to, never changed.
enum class StreamReason {
  kNone,          // "": nothing to explain
  kIngestAway,    // "ingest_away": the ingest-node of its frames is not up
  kIngestBehind,  // "ingest_behind": the ingest-node does not know the task yet
  kProcessLimit,  // "process_limit": this node runs as many processes as it may
  kStartTurn,     // "start_turn": others start before it
  kAdopted,       // "adopted": a former api-node started it
  kNoVideo,       // "no_video": neither a frame nor a line of its log for too long
  kIngestFull,    // "ingest_full": the ingest-node refuses its frames, its memory is full
  kNoConsumer,    // "no_consumer": its frames wait for a logic-node
  kDiskFull,      // "disk_full": its log cannot be written
  kEndOfSource,   // "end_of_source": the file was played to its end
  kExited,        // "exited": abnormal exit code, or the exit of a source that has no end
  kSignalled,     // "signalled": ended by a signal
  kGone,          // "gone": ended, nobody knows how (adopted processes only)
  kStartFailed,   // "start_failed": for want of something that may come back
  kFileMissing,   // "file_missing": a model, a shared object, the program
  kFileInvalid,   // "file_invalid": a file, or what the task says, cannot be used
  kMoved,         // "moved": restarted with other settings, as asked
  kAsked,         // "asked": by a user
  kNotPosted,     // "not_posted": frames come out of its graph, but none arrives
  kMemoryLimit,   // "memory_limit": it used more memory than a stream process may
  kDeviceMemory,  // "device_memory": the device has no memory free for another model
  kNodeAway,      // "node_away": the api-node that runs it does not answer
  kSharedTurn,    // "shared_turn": the process that it shares is not told of it yet
  kFormerEnds,    // "former_ends": the process of the task that was there before still ends
  kFlowUnknown,   // "flow_unknown": what its ingest-node counts is not heard
};
std::string_view name_of(StreamReason reason);

// What has this name; empty: nothing we know.
std::optional<StreamState> state_named(std::string_view name);
std::optional<StreamReason> reason_named(std::string_view name);

// How a process ended; nothing when it was not our child, since only its parent is told.
using ProcessEnd = std::optional<ExitStatus>;

// "exit code 3", "signal 9 (Killed)", "ended, nobody knows how: it was started by a former api-node"
std::string text_of(const ProcessEnd& end);

// How one stream process is doing, for people.
struct StreamStatus {
  StreamState state = StreamState::kQueued;
  StreamReason reason = StreamReason::kNone;
  bool over = false;               // nothing will happen any more without a user
  std::string text;                // masked; empty while all is well
  std::int64_t since_us = 0;       // UNIX time of the last change of state
  std::string last_exit;           // text_of() the last end, empty before
  std::optional<int> exit_code;    // of the last end, when it was an exit
  std::optional<int> exit_signal;  // of the last end, when it was a signal
  pid_t pid = 0;                   // 0: none
  std::uint32_t restarts = 0;      // starts after the first, moves apart
  double fps_in = 0;               // frames a second that the process decodes, as its log says
  double fps_posted = 0;           // frames a second that the ingest-node took from it
  std::int64_t last_frame_us = 0;  // UNIX time of the last frame that the ingest-node took; 0: none
  std::uint64_t memory_bytes = 0;  // of the host that the process uses; 0: not known
  bool operator==(const StreamStatus&) const = default;
};

// Puts how its process ended last into the status.
void note_end(StreamStatus& status, const ProcessEnd& end);

// Something happens, or will happen without a user.
bool has_life(const StreamStatus& status);
// For good, by itself: what was asked to go has not.
bool has_ended(const StreamStatus& status);

}  // namespace stream::api
