// How stream processes are supervised, and what that needs from its surroundings.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "flow_book.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_machine.hpp"

namespace stream::api {

struct SupervisorOptions {
  std::string node_name;  // of this api-node: what its processes are marked with
  StreamMachineOptions machine;
  std::size_t most_processes = 1000;         // at the same time; more wait
  std::uint64_t log_limit_bytes = 16 << 20;  // of each stream.log
  std::chrono::milliseconds tick{50};        // between two looks at the processes
  // From one start to the next: each takes seconds of a core and of the TPU until its model is loaded, and
  // many at once starve the processes that run. A start that is due waits in kQueued.
  std::chrono::milliseconds start_gap{100};
  // How long the processes of a task that was deleted go on, for a create that needs the same; 0: not at all.
  std::chrono::milliseconds stop_grace{3000};
};

// Called on the supervisor's thread; must not block for long.
struct SupervisorHooks {
  std::function<std::optional<NodeRecord>(const std::string& node)> find_ingest;  // empty: it is not up
  // What its ingest-node counts; empty: nothing was told.
  std::function<std::optional<HeardFlow>(const std::string& task_id, std::uint32_t algorithm)> find_flow;
  std::function<void(const TaskEvent&)> on_event;
  std::function<void(const std::string& task_id)> on_all_ended;  // every video was played to its end
};

}  // namespace stream::api
