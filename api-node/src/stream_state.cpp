#include "stream_state.hpp"

namespace stream::api {

std::string_view name_of(StreamState state) {
  switch (state) {
    case StreamState::kQueued:
      return "queued";
    case StreamState::kStarting:
      return "starting";
    case StreamState::kRunning:
      return "running";
    case StreamState::kStalled:
      return "stalled";
    case StreamState::kBlocked:
      return "blocked";
    case StreamState::kEnded:
      return "ended";
    case StreamState::kBackoff:
      return "backoff";
    case StreamState::kCrashLoop:
      return "crash_loop";
    case StreamState::kStopping:
      return "stopping";
    case StreamState::kStopped:
      return "stopped";
    case StreamState::kFailed:
      return "failed";
  }
  return "unknown";
}

bool counts_as_running(StreamState state) {
  switch (state) {
    case StreamState::kStarting:
    case StreamState::kRunning:
    case StreamState::kStalled:
    case StreamState::kBlocked:
    case StreamState::kBackoff:
      return true;
    default:
      return false;
  }
}

bool needs_help(StreamState state) {
  return state == StreamState::kCrashLoop || state == StreamState::kFailed;
}

bool has_process(StreamState state) {
  switch (state) {
    case StreamState::kStarting:
    case StreamState::kRunning:
    case StreamState::kStalled:
    case StreamState::kBlocked:
    case StreamState::kStopping:
      return true;
    default:
      return false;
  }
}

std::string_view name_of(StreamReason reason) {
  switch (reason) {
    case StreamReason::kNone:
      return "";
    case StreamReason::kIngestAway:
      return "ingest_away";
    case StreamReason::kIngestBehind:
      return "ingest_behind";
    case StreamReason::kProcessLimit:
      return "process_limit";
    case StreamReason::kStartTurn:
      return "start_turn";
    case StreamReason::kAdopted:
      return "adopted";
    case StreamReason::kNoVideo:
      return "no_video";
    case StreamReason::kIngestFull:
      return "ingest_full";
    case StreamReason::kNoConsumer:
      return "no_consumer";
    case StreamReason::kDiskFull:
      return "disk_full";
    case StreamReason::kEndOfSource:
      return "end_of_source";
    case StreamReason::kExited:
      return "exited";
    case StreamReason::kSignalled:
      return "signalled";
    case StreamReason::kGone:
      return "gone";
    case StreamReason::kStartFailed:
      return "start_failed";
    case StreamReason::kFileMissing:
      return "file_missing";
    case StreamReason::kFileInvalid:
      return "file_invalid";
    case StreamReason::kMoved:
      return "moved";
    case StreamReason::kAsked:
      return "asked";
    case StreamReason::kNotPosted:
      return "not_posted";
    case StreamReason::kMemoryLimit:
      return "memory_limit";
    case StreamReason::kDeviceMemory:
      return "device_memory";
    case StreamReason::kNodeAway:
      return "node_away";
    case StreamReason::kSharedTurn:
      return "shared_turn";
    case StreamReason::kFormerEnds:
      return "former_ends";
    case StreamReason::kFlowUnknown:
      return "flow_unknown";
  }
  return "unknown";
}

namespace {

template <class Value>
std::optional<Value> named(std::string_view name) {
  for (int i = 0; name_of(static_cast<Value>(i)) != "unknown"; ++i) {
    if (name_of(static_cast<Value>(i)) == name) return static_cast<Value>(i);
  }
  return std::nullopt;
}

}  // namespace

std::optional<StreamState> state_named(std::string_view name) {
  return named<StreamState>(name);
}

std::optional<StreamReason> reason_named(std::string_view name) {
  return named<StreamReason>(name);
}

std::string text_of(const ProcessEnd& end) {
  return end ? end->text() : "ended, nobody knows how: it was started by a former api-node";
}

void note_end(StreamStatus& status, const ProcessEnd& end) {
  status.last_exit = text_of(end);
  status.exit_code.reset();
  status.exit_signal.reset();
  if (end) (end->signalled ? status.exit_signal : status.exit_code) = end->value;
}

bool has_life(const StreamStatus& status) {
  return !status.over && status.state != StreamState::kStopping;
}

bool has_ended(const StreamStatus& status) {
  return status.over && (status.state == StreamState::kEnded || status.state == StreamState::kFailed);
}

}  // namespace stream::api
