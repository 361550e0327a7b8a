// Bodies out of pictures: analyse, filter, write.
#pragma once

#include <memory>

#include "analyser.hpp"
#include "filter.hpp"
#include "frame_source.hpp"
#include "message.hpp"
#include "scene.hpp"

namespace stream::sim {

class SceneFrames : public FrameSource {
 public:
  SceneFrames(std::unique_ptr<SceneSource> scenes, const Graph& graph, int channel_id, std::uint64_t seed);

  Result<Step> next() override;
  void rewind() override { scenes_->rewind(); }
  std::chrono::nanoseconds interval() const override { return scenes_->interval(); }

 private:
  const std::unique_ptr<SceneSource> scenes_;
  FrameInfo info_;
  Analyser analyser_;
  std::optional<Filter> filter_;
  std::mt19937_64 garbage_;
  Scene scene_;  // its memory is used again from frame to frame
};

}  // namespace stream::sim
