// What the stream processes of a node share.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "free_port.hpp"
#include "left_behind.hpp"
#include "start_gate.hpp"
#include "stream/common/metrics.hpp"
#include "stream/schemas/messages.hpp"
#include "stream_launcher.hpp"
#include "supervisor_options.hpp"

namespace stream::api {

class SharedRuns;

// Confined to the supervisor's thread.
struct RunnerTools {
  const StreamLauncher& launcher;
  const SupervisorHooks& hooks;
  const SupervisorOptions& options;
  const Counter started, start_failures, exited, restarted, adopted;
  StartGate gate;
  LeftBehind left;
  SharedRuns& shared;
  PortPool ports{};
  bool kills = false;  // whatever is there is to end at once

  // As it is in this round of looks: nothing when it is not up.
  const std::optional<NodeRecord>& ingest(const std::string& node) {
    const auto [entry, is_new] = ingest_nodes.try_emplace(node);
    if (is_new) entry->second = hooks.find_ingest(node);
    return entry->second;
  }
  void begin_round() { ingest_nodes.clear(); }

  std::map<std::string, std::optional<NodeRecord>> ingest_nodes{};  // of this round
};

}  // namespace stream::api
