#include "state_message.hpp"

#include <array>
#include <utility>

namespace stream::api {
namespace {

constexpr std::int32_t kNoExitCode = -1;

}  // namespace

ProcessState to_message(const StreamStatus& status) {
  ProcessState state;
  state.state = name_of(status.state);
  state.reason = name_of(status.reason);
  state.text = status.text;
  state.over = status.over;
  state.since_us = status.since_us;
  state.last_exit = status.last_exit;
  state.exit_code = status.exit_code.value_or(kNoExitCode);
  state.exit_signal = status.exit_signal.value_or(0);
  state.pid = status.pid;
  state.restarts = status.restarts;
  state.fps_in = status.fps_in;
  state.fps_posted = status.fps_posted;
  state.last_frame_us = status.last_frame_us;
  state.memory_bytes = status.memory_bytes;
  return state;
}

StreamStatus from_message(const ProcessState& state) {
  StreamStatus status;
  status.state = state_named(state.state).value_or(StreamState::kQueued);
  status.reason = reason_named(state.reason).value_or(StreamReason::kNone);
  status.text = state.text;
  status.over = state.over;
  status.since_us = state.since_us;
  status.last_exit = state.last_exit;
  if (state.exit_code != kNoExitCode) status.exit_code = state.exit_code;
  if (state.exit_signal != 0) status.exit_signal = state.exit_signal;
  status.pid = static_cast<pid_t>(state.pid);
  status.restarts = state.restarts;
  status.fps_in = state.fps_in;
  status.fps_posted = state.fps_posted;
  status.last_frame_us = state.last_frame_us;
  status.memory_bytes = state.memory_bytes;
  return status;
}

TaskState to_message(const SupervisedTask& task) {
  TaskState state{task.task_id, task.revision, {}, {}};
  for (const AlgorithmChange& change : task.changes) {
    state.changes.push_back({change.type, change.name, std::string(name_of(change.change))});
  }
  state.processes = to_messages(task.statuses);
  return state;
}

SupervisedTask from_message(const TaskState& state) {
  SupervisedTask task{state.task_id, state.revision, {}, {}};
  for (const ProcessChange& change : state.changes) {
    task.changes.push_back(
        {change.type, change.name, change_named(change.change).value_or(Change::kUnchanged)});
  }
  task.statuses = from_messages(state.processes);
  return task;
}

std::vector<ProcessState> to_messages(const std::vector<StreamStatus>& statuses) {
  std::vector<ProcessState> states;
  states.reserve(statuses.size());
  for (const StreamStatus& status : statuses) states.push_back(to_message(status));
  return states;
}

std::vector<StreamStatus> from_messages(const std::vector<ProcessState>& states) {
  std::vector<StreamStatus> statuses;
  statuses.reserve(states.size());
  for (const ProcessState& state : states) statuses.push_back(from_message(state));
  return statuses;
}

}  // namespace stream::api
