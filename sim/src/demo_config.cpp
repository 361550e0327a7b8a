#include "demo_config.hpp"

#include <map>
#include <set>

namespace stream::sim {

namespace {

SourceType source_type_of(const std::string& name) {
  static const std::map<std::string, SourceType> types = {
      {"RTSP", SourceType::kRtsp},   {"RTMP", SourceType::kRtmp},      {"GB28181", SourceType::kGb28181},
      {"VIDEO", SourceType::kVideo}, {"IMG_DIR", SourceType::kImgDir}, {"CAMERA", SourceType::kCamera}};
  const auto type = types.find(name);
  return type == types.end() ? SourceType::kUnknown : type->second;
}

HttpTarget read_address(const JsonReader& node) {
  return {node.at("ip").text(), static_cast<std::uint16_t>(node.at("port").integer(0, 65535)), ""};
}

// What both ways to name a channel have in common.
ChannelConfig read_channel(const JsonReader& node) {
  constexpr int kMost = 1'000'000;
  ChannelConfig channel;
  channel.channel_id = node.at("channel_id").integer();
  channel.url = node.at("url").text();
  channel.source_type = source_type_of(node.at("source_type").text());
  if (node.has("sample_interval")) channel.sample_interval = node.at("sample_interval").integer(1, kMost);
  if (node.has("loop_num")) channel.loop_num = node.at("loop_num").integer(0, kMost);
  if (node.has("graph_id")) channel.graph_id = node.at("graph_id").integer();
  if (node.has("fps")) {
    channel.fps = node.at("fps").number();
    if (*channel.fps <= 0 && *channel.fps != -1) {
      node.at("fps").expected("frames a second, or -1 for no limit");
    }
  }
  return channel;
}

bool begins(const std::string& url, SourceType type) {
  if (type == SourceType::kRtsp) return url.starts_with("rtsp://");
  if (type == SourceType::kRtmp) return url.starts_with("rtmp://");
  if (type == SourceType::kGb28181) return url.starts_with("gb28181");
  return true;
}

}  // namespace

ChannelConfig read_added_channel(const JsonReader& body) {
  ChannelConfig channel = read_channel(body);
  if (!channel.graph_id) channel.graph_id = 0;
  if (!channel.fps) channel.fps = 1;
  if (!begins(channel.url, channel.source_type)) channel.source_type = SourceType::kUnknown;
  return channel;
}

Result<DemoConfig> read_demo_config(const std::string& path) {
  const auto file = load_json(path);
  if (!file) return tl::unexpected(file.error());
  std::optional<Error> error;
  const JsonReader root(*file, path + ": ", error);

  DemoConfig config;
  config.engine_config_path = root.at("engine_config_path").text();
  std::set<int> ids;
  for (const auto& node : root.at("channels").items()) {
    config.channels.push_back(read_channel(node));
    if (config.channels.back().source_type == SourceType::kUnknown) {
      node.at("source_type").expected("RTSP, RTMP, GB28181, VIDEO, IMG_DIR or CAMERA");
    }
    if (!ids.insert(config.channels.back().channel_id).second) {
      node.at("channel_id").expected("an id that no other channel has");
    }
  }
  if (config.channels.empty()) root.at("channels").expected("at least one channel");
  if (root.has("http_report")) {
    config.report = read_address(root.at("http_report"));
    config.report->path = root.at("http_report").at("path").text();
  }
  if (root.has("http_listen")) {
    config.listen = read_address(root.at("http_listen"));
    // Means nothing, but the real one crashes without.
    root.at("http_listen").at("path").text();
  }

  if (error) return tl::unexpected(*error);
  return config;
}

}  // namespace stream::sim
