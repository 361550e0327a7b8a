// A camera that goes away and comes back.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "frame_source.hpp"

namespace stream::sim {

struct CameraOutage {
  std::optional<double> gone_after_s;  // of video since it was connected to; empty: it stays
  std::optional<double> back_after_s;  // of time since it went; empty: never
  std::string gone_while{};            // unplugged for as long as this file exists; empty: never
  bool operator==(const CameraOutage&) const = default;
};

// Plays another source until the camera goes; while it is gone every connection fails. Each connection begins
// with the source's first frame. Confined to one thread.
class Camera : public FrameSource {
 public:
  Camera(std::unique_ptr<FrameSource> source, const CameraOutage& outage);

  Result<Step> next() override;
  void rewind() override;
  std::chrono::nanoseconds interval() const override { return source_->interval(); }

 private:
  using Clock = std::chrono::steady_clock;
  void go_away();
  bool is_unplugged() const;

  const std::unique_ptr<FrameSource> source_;
  const CameraOutage outage_;
  bool connected_ = true;
  std::chrono::duration<double> played_{0};
  Clock::time_point back_ = Clock::time_point::min();  // when it can be connected to
};

}  // namespace stream::sim
