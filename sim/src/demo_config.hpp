// The file given as --demo_config_path: which sources to play and where to report and listen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json_reader.hpp"
#include "stream/common/result.hpp"

namespace stream::sim {

// http://<ip>:<port><path>
struct HttpTarget {
  std::string ip;
  std::uint16_t port = 0;
  std::string path;
  bool operator==(const HttpTarget&) const = default;
};

// kUnknown: not one of sophon-stream's, or an address that does not fit it.
enum class SourceType { kRtsp, kRtmp, kGb28181, kVideo, kImgDir, kCamera, kUnknown };

struct ChannelConfig {
  int channel_id = 0;
  std::string url;  // may hold a password
  SourceType source_type = SourceType::kVideo;
  int sample_interval = 1;      // every how many frames one is looked at, at least 1
  int loop_num = 1;             // how often a file is played; 0: for ever
  std::optional<double> fps;    // -1: as fast as possible
  std::optional<int> graph_id;  // in this graph only; empty: in every graph

  // A source that is connected to, and again when it ends; the others are files, whose end is the end.
  bool is_live() const { return source_type != SourceType::kVideo && source_type != SourceType::kImgDir; }
};

struct DemoConfig {
  std::vector<ChannelConfig> channels;  // at least one; no channel_id twice
  std::string engine_config_path;       // relative to the working directory
  std::optional<HttpTarget> report;     // http_report
  HttpTarget listen{"0.0.0.0", 8000, ""};
};

Result<DemoConfig> read_demo_config(const std::string& path);

// The body of /stream/addChannel. Its members have the defaults of the real one: graph 0, one frame a second
// where the source has no rate. A source type that is unknown is none of the reader's errors.
ChannelConfig read_added_channel(const JsonReader& body);

}  // namespace stream::sim
