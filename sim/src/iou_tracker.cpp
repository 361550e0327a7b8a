#include "iou_tracker.hpp"

#include <algorithm>
#include <cmath>

namespace stream::sim {

double overlap(const picture::Rect& a, const picture::Rect& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const double shared = width * height;
  return shared / (1.0 * a.width * a.height + 1.0 * b.width * b.height - shared);
}

picture::Rect IouTracker::Track::expected() const {
  const int frames = unseen + 1;
  return {box.x + static_cast<int>(std::lround(speed_x * frames)),
          box.y + static_cast<int>(std::lround(speed_y * frames)), box.width, box.height};
}

std::vector<std::int64_t> IouTracker::update(const std::vector<picture::Rect>& boxes) {
  struct Pair {
    double overlap;
    std::size_t track, box;
  };
  std::vector<Pair> pairs;
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      const double shared = overlap(tracks_[t].expected(), boxes[b]);
      if (shared >= kLeastOverlap) pairs.push_back({shared, t, b});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.overlap > b.overlap; });

  std::vector<std::int64_t> ids(boxes.size(), 0);
  std::vector<bool> seen(tracks_.size(), false);
  for (const auto& pair : pairs) {
    if (seen[pair.track] || ids[pair.box] != 0) continue;
    auto& track = tracks_[pair.track];
    const auto& box = boxes[pair.box];
    const double frames = track.unseen + 1;
    // Half the old speed: single boxes are noisy.
    track.speed_x = 0.5 * track.speed_x + 0.5 * (box.x - track.box.x) / frames;
    track.speed_y = 0.5 * track.speed_y + 0.5 * (box.y - track.box.y) / frames;
    track.box = box;
    track.unseen = 0;
    seen[pair.track] = true;
    ids[pair.box] = track.id;
  }

  for (std::size_t t = 0; t < seen.size(); ++t) {
    if (!seen[t]) ++tracks_[t].unseen;
  }
  std::erase_if(tracks_, [](const Track& track) { return track.unseen > kPatience; });
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    if (ids[b] != 0) continue;
    ids[b] = next_id_++;
    tracks_.push_back({ids[b], boxes[b], 0, 0, 0});
  }
  return ids;
}

}  // namespace stream::sim
