#include "open_source.hpp"

#include "camera.hpp"
#include "recording.hpp"
#include "scene_frames.hpp"
#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"
#include "street.hpp"
#include "video.hpp"

namespace stream::sim {

namespace {

constexpr double kDefaultFps = 25;

// The channel's rate where the source has none of its own.
double channel_fps(const ChannelConfig& channel) {
  return channel.fps && *channel.fps > 0 ? *channel.fps : kDefaultFps;
}

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(value * 1e9));
}

std::unique_ptr<SceneSource> open_scenes(const ChannelConfig& channel, const SourceAddress& address,
                                         const StopEvent& stop) {
  if (address.kind == SourceAddress::Kind::kVideo) return std::make_unique<Video>(channel, address, stop);
  log::warn("playing_a_synthetic_street",
            {{"channel", channel.channel_id},
             {"why", channel.is_live() ? "the address asks for it" : "no such file"},
             {"url", mask_address(channel.url)}});
  const StreetOptions street{
      .size = address.size, .fps = channel_fps(channel), .seed = address.seed, .quiet = address.quiet};
  return std::make_unique<StreetSource>(street, channel.sample_interval, address.seconds);
}

}  // namespace

std::unique_ptr<FrameSource> open_source(const ChannelConfig& channel, const SourceAddress& address,
                                         const Graph& graph, const StopEvent& stop) {
  if (address.kind == SourceAddress::Kind::kRecording) {
    // What was recorded has been sampled already, so that sample_interval does not count.
    const bool unlimited = channel.fps == -1;
    return std::make_unique<Recording>(address.location,
                                       unlimited ? seconds(0) : seconds(1 / channel_fps(channel)));
  }
  auto frames = std::make_unique<SceneFrames>(open_scenes(channel, address, stop), graph, channel.channel_id,
                                              address.seed);
  if (address.outage == CameraOutage{}) return frames;
  return std::make_unique<Camera>(std::move(frames), address.outage);
}

}  // namespace stream::sim
