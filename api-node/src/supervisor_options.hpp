// How stream processes are supervised, and what that needs from its surroundings.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "channel_plan.hpp"
#include "channel_seats.hpp"
#include "flow_book.hpp"
#include "start_gate.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_machine.hpp"

namespace stream::api {

struct SupervisorOptions {
  std::string node_name;  // of this api-node: what its processes are marked with
  StreamMachineOptions machine;
  // A start takes seconds of a core and of the TPU until its model is loaded, and many at once starve the
  // processes that run. One that is due waits in kQueued.
  StartLimits start;
  std::filesystem::path device_memory_file;  // read_free_memory() of it
  std::uint64_t log_limit_bytes = 16 << 20;  // of each stream.log
  std::uint64_t memory_limit_bytes = 0;      // of a process, which is ended when it uses more; 0: none
  std::chrono::milliseconds tick{50};        // between two looks at the processes
  ChannelPlanOptions channels;               // of processes that several tasks share
  // How long the processes of a task that was deleted go on, for a create that needs the same; 0: not at all.
  std::chrono::milliseconds stop_grace{3000};
  // Asked again and again while shut_down() ends everything: true when nobody wants to wait any longer, so
  // that what is there is killed. Empty: they wait. Called on the supervisor's thread.
  std::function<bool()> is_in_a_hurry{};
};

// A camera that could not share a process.
struct FallBack {
  std::string task_id;
  std::uint32_t algorithm = 0;
  Seat seat;        // that it had
  std::string why;  // masked
};

// Called on the supervisor's thread; must not block for long.
struct SupervisorHooks {
  std::function<std::optional<NodeRecord>(const std::string& node)> find_ingest;  // empty: it is not up
  // What that ingest-node counts; empty: it is not heard.
  std::function<std::optional<HeardFlow>(const std::string& task_id, std::uint32_t algorithm,
                                         const std::string& ingest_node)>
      find_flow;
  std::function<void(const TaskEvent&)> on_event;
  // Its state or the reason for it has changed. May be empty.
  std::function<void(const std::string& task_id, std::uint32_t algorithm, const StreamStatus&)> on_status;
  // Others of its algorithms than before, or none, have ended for good, as status() says. Told once too
  // often.
  std::function<void(const std::string& task_id)> on_end;
  // It must get a process of its own, which its record is to say. Until then it has none.
  std::function<void(const FallBack&)> on_fall_back;
};

}  // namespace stream::api
