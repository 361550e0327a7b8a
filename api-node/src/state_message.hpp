// The state of a task's processes as a message, and back.
#pragma once

#include <vector>

#include "stream/schemas/messages.hpp"
#include "stream_state.hpp"
#include "supervisor.hpp"

namespace stream::api {

ProcessState to_message(const StreamStatus& status);
TaskState to_message(const SupervisedTask& task);
// Of a newer node's words for states and reasons, what is not known is queued, and for no reason that has a
// name; its text says the rest.
StreamStatus from_message(const ProcessState& state);
SupervisedTask from_message(const TaskState& state);

// The processes alone.
std::vector<ProcessState> to_messages(const std::vector<StreamStatus>& statuses);
std::vector<StreamStatus> from_messages(const std::vector<ProcessState>& states);

}  // namespace stream::api
