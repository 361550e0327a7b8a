// Any video ffmpeg can read, file or live. What moves in it is a person when it is upright, else a car;
// plates are made up for each car.
#pragma once

#include <optional>
#include <string>

#include "demo_config.hpp"
#include "ffmpeg.hpp"
#include "iou_tracker.hpp"
#include "motion_detector.hpp"
#include "scene.hpp"
#include "source_address.hpp"
#include "stop_event.hpp"

namespace stream::sim {

class Video : public SceneSource {
 public:
  Video(const ChannelConfig& channel, const SourceAddress& address, const StopEvent& stop);

  Result<bool> next(Scene& scene) override;
  void rewind() override;
  std::chrono::nanoseconds interval() const override;

 private:
  Status start();
  bool read_picture(picture::Image& image);
  std::vector<Sighting> look(const picture::Image& image);

  const ChannelConfig channel_;
  const std::string location_;
  const StopEvent& stop_;
  const double fps_;  // of the source, before sampling
  std::optional<PipedProgram> ffmpeg_;
  std::int64_t frame_id_ = 0;
  MotionDetector detector_;
  IouTracker tracker_;  // knows which car has which plate
};

}  // namespace stream::sim
