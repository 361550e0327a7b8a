// The HTTP face of the node: frames in, frames out.
//
//   POST /frames/in/<path key>                  a frame, or {"error": "<name>"}, of a stream process, that of
//                                               one task or one that several share; with camera_keys: to any
//                                               path
//   GET  /frames/<boot>/<sequence>              a frame as it came
//   GET  /frames/<boot>/<sequence>.jpg          its scene picture
//   GET  /frames/<boot>/<sequence>.jpg?sub=<i>  the picture of its i-th sub-object
//   GET  /frames/<boot>/after/<task>/<algorithm>/<number>  metadata of the frames after that one (FrameBatch)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "body_pool.hpp"
#include "body_tap.hpp"
#include "camera_keys.hpp"
#include "frame_parser.hpp"
#include "frame_path.hpp"
#include "frame_ring.hpp"
#include "route_table.hpp"
#include "stream/bus/bus.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/rate_limit.hpp"
#include "stream/http/server.hpp"

namespace stream::ingest {

struct FrameEdgeOptions {
  std::uint64_t boot = 0;  // for FrameRef; unguessable, as it lets people read frames
  std::size_t max_body_bytes = 0;
  std::size_t ring_bytes = 0;
  std::chrono::seconds ring_age{0};
  std::vector<std::string> camera_keys;  // as in IngestConfig
};

// Runs on the server's one I/O thread, to which everything in it is confined: answering at once is cheaper
// than any hop to another thread.
class FrameEdge final : public http::Handler {
 public:
  // What it is given must outlive it.
  FrameEdge(FrameEdgeOptions options, const RouteTable& routes, bus::Publisher& publisher, BodyTap& tap,
            Metrics& metrics);

  // host:port for FrameRef. Call it before there are routes: no frame is taken until then.
  void set_address(std::string address) { address_ = std::move(address); }

  std::uint64_t boot() const { return options_.boot; }
  // So far. Thread-safe.
  double frames_taken() const { return frames_.value(); }

  http::HeadDecision on_head(const http::RequestHead& head) override;
  void on_request(http::Request request, http::Respond respond) override;

 private:
  // A body on its way in, and where it belongs. Comes back as http::Request::owner.
  struct Incoming {
    std::shared_ptr<FrameChannel> channel;
    std::shared_ptr<const SharedRoute> sharers;  // not null: the frame's mChannelId says which channel
    std::shared_ptr<Body> body;
  };

  http::HeadDecision refuse(unsigned status, const char* label, std::string_view reason);
  std::shared_ptr<Body> take_memory(std::size_t size);
  http::Response take(Incoming& incoming, std::string_view remote);
  http::Response reject(std::string_view reason, std::string_view message, const Incoming& incoming,
                        std::string_view remote);
  bool assign_to_camera(std::int32_t camera, Incoming& incoming);
  static bool assign_to_sharer(std::int32_t camera, Incoming& incoming);
  void take_frame(FrameMeta meta, Incoming& incoming);
  void take_report(const StatusReport& report, const Incoming& incoming);
  void take_report(const StatusReport& report, const FrameChannel& channel);
  http::Response fetch(const http::Request& request);
  http::Response fetch_frame(const WantedFrame& wanted);
  http::Response fetch_replay(const WantedReplay& wanted);
  http::Response fetched(const char* result, http::Response response);
  Counter rejected(std::string_view reason);

  const FrameEdgeOptions options_;
  std::string address_;
  const RouteTable& routes_;
  bus::Publisher& publisher_;
  BodyTap& tap_;
  Metrics& metrics_;

  const std::shared_ptr<BodyPool> pool_;
  FrameRing ring_;
  FrameParser parser_;
  CameraKeys cameras_;
  RateLimit reject_log_{std::chrono::seconds(10)};

  Counter frames_, frame_bytes_, reports_success_, reports_error_, replayed_;
  Gauge ring_frames_, ring_bytes_;
};

}  // namespace stream::ingest
