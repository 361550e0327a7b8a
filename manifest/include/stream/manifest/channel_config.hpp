// One camera of a stream process: what its configuration says of it alone, and how a running process is told
// of it. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/manifest/stream_config.hpp"

namespace stream::manifest {

// A camera, as the demo file has it and as a running process can be told to take it. Holds its password.
struct ChannelConfig {
  std::int32_t id = 0;
  std::int64_t graph_id = 0;
  nlohmann::json entry;  // of the demo file's "channels"
  bool operator==(const ChannelConfig&) const = default;
};

// That of the task that `config` was made for, under another id. kInvalid, naming the member, when it says
// something that a running process cannot be told: then it can only be there from the start.
Result<ChannelConfig> channel_config(const StreamConfig& config, std::int32_t id);

// Bodies for the HTTP API of a stream process, /stream/addChannel and /stream/stopChannel.
nlohmann::json add_channel_body(const ChannelConfig& channel);
nlohmann::json stop_channel_body(const ChannelConfig& channel);

// `config` with these cameras instead of its own.
void set_channels(StreamConfig& config, const std::vector<ChannelConfig>& channels);

// A hash of what `config` says beside its camera, and of that one's source type: tasks for which it is the
// same can share a stream process. REQUIRES: made with the same target, port and folder each time.
std::uint64_t shared_part(const StreamConfig& config);

}  // namespace stream::manifest
