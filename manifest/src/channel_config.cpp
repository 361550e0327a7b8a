#include "stream/manifest/channel_config.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "stream/common/hash.hpp"
#include "stream/common/json_reader.hpp"

namespace stream::manifest {
namespace {

using nlohmann::json;

// What addChannel reads.
constexpr std::array<std::string_view, 9> kTold{"channel_id", "url", "source_type", "sample_interval",
                                                "decode_id",  "fps", "loop_num",    "sample_strategy",
                                                "graph_id"};

bool is_told(const std::string& member) {
  return std::find(kTold.begin(), kTold.end(), member) != kTold.end();
}

// The same as if it were not there.
bool says_nothing(const json& value) {
  return value.is_null() || value == false || (value.is_structured() && value.empty());
}

const json& first_entry(const StreamConfig& config) {
  return config.files.at(config.demo_file).at("channels").at(0);
}

}  // namespace

Result<ChannelConfig> channel_config(const StreamConfig& config, std::int32_t id) {
  ChannelConfig channel{id, config.graph_id, first_entry(config)};
  channel.entry["channel_id"] = id;
  for (const auto& [member, value] : channel.entry.items()) {
    if (is_told(member) || says_nothing(value)) continue;
    return fail(ErrorCode::kInvalid,
                "{}: /channels/0/{}: found {}, expected none in a stream process that several cameras share",
                config.demo_file, member, describe_json(value));
  }
  return channel;
}

json add_channel_body(const ChannelConfig& channel) {
  // What is left out has another default there than in a file.
  constexpr int kUsualFps = 25;
  json body = {{"fps", kUsualFps}, {"loop_num", 1}};
  for (const auto& [member, value] : channel.entry.items()) {
    if (is_told(member) && !value.is_null()) body[member] = value;
  }
  body["graph_id"] = channel.graph_id;
  return body;
}

json stop_channel_body(const ChannelConfig& channel) {
  json body = {{"channel_id", channel.id}, {"graph_id", channel.graph_id}};
  if (const auto decoder = channel.entry.find("decode_id"); decoder != channel.entry.end())
    body["decode_id"] = *decoder;
  return body;
}

void set_channels(StreamConfig& config, const std::vector<ChannelConfig>& channels) {
  json& entries = config.files.at(config.demo_file)["channels"];
  entries = json::array();
  for (const ChannelConfig& channel : channels) entries.push_back(channel.entry);
}

std::uint64_t shared_part(const StreamConfig& config) {
  std::uint64_t hash = fnv1a(first_entry(config).value("source_type", ""));
  for (const auto& [name, content] : config.files) {
    json shared = content;
    if (name == config.demo_file) shared.erase("channels");
    hash = fnv1a(shared.dump(), fnv1a(name, hash));
  }
  return hash;
}

}  // namespace stream::manifest
