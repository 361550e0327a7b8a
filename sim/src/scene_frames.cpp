#include "scene_frames.hpp"
#include "stream/common/clock.hpp"

namespace stream::sim {

SceneFrames::SceneFrames(std::unique_ptr<SceneSource> scenes, const Graph& graph, int channel_id,
                         std::uint64_t seed)
    : scenes_(std::move(scenes)),
      info_{.channel_id = channel_id, .graph_id = graph.graph_id},
      analyser_(graph, seed),
      garbage_(seed) {
  if (graph.filter) filter_.emplace(*graph.filter, channel_id);
}

Result<Step> SceneFrames::next() {
  const auto more = scenes_->next(scene_);
  if (!more) return tl::unexpected(more.error());
  if (!*more) return Step{};
  info_.frame_id = scene_.frame_id;
  info_.timestamp_us = unix_us();
  auto objects = analyser_.analyse(scene_);
  if (filter_ && !filter_->pass(objects, info_.timestamp_us)) return Step{Step::Kind::kNothing, {}};
  auto body = write_message(info_, objects, scene_.image, garbage_);
  if (!body) return tl::unexpected(body.error());
  return Step{Step::Kind::kFrame, std::move(*body)};
}

}  // namespace stream::sim
