// What a channel's url names, and the options a test or a person may add to it:
//   /data/cam1.ndjson?lossless=1&fps=50
// Options only count when no file has the whole text as its name. They are the stand-in's own; they travel in
// the url because that is all a task says about its source. Addresses of cameras are left alone, but for the
// host street.invalid, which cannot exist: rtsp://user:password@street.invalid/1?gone_after=10
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "camera.hpp"
#include "demo_config.hpp"
#include "misbehaviour.hpp"
#include "stream/common/result.hpp"
#include "stream/picture/jpeg.hpp"

namespace stream::sim {

struct SourceAddress {
  enum class Kind {
    kRecording,  // *.ndjson: one body a line
    kVideo,      // anything else that exists, and live sources
    kStreet,     // there is no such file; or the host is street.invalid
  };
  Kind kind = Kind::kVideo;
  std::string location;  // without the options

  // fps=<n>: steps a second instead of the source's own rate; -1: as fast as they can be made.
  std::optional<double> fps;
  // lossless=1: wait for the receiver instead of dropping frames; without fps also without a rate.
  bool lossless = false;
  // For the street: seed=<n>, size=<width>x<height>, seconds=<n> (0: it never ends).
  std::uint64_t seed = 1;
  picture::Size size{1280, 720};
  double seconds = 0;
  bool quiet = false;  // nobody is on it

  double opens_after_s = 0;
  double loads_for_s = 0;  // of the demo file's channels: what the process needs before it does anything
  CameraOutage outage;
  Misbehaviour misbehaviour;
};

// kNotFound for a recording that does not exist, kInvalid for an unknown option or a bad value.
Result<SourceAddress> read_address(const ChannelConfig& channel);

}  // namespace stream::sim
