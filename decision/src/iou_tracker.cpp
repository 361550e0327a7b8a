#include "iou_tracker.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace stream::decision {
namespace {

struct Pair {
  Claim claim;
  double iou;
  std::size_t object, box;  // indices; objects are ordered by id
};

double area(const Box& b) {
  return static_cast<double>(b.width) * static_cast<double>(b.height);
}

}  // namespace

double iou(const Box& a, const Box& b) {
  if (a.width <= 0 || a.height <= 0 || b.width <= 0 || b.height <= 0) return 0;
  const auto common = [](std::int64_t a_begin, std::int64_t a_size, std::int64_t b_begin,
                         std::int64_t b_size) {
    return std::min(a_begin + a_size, b_begin + b_size) - std::max(a_begin, b_begin);
  };
  const auto width = common(a.x, a.width, b.x, b.width);
  const auto height = common(a.y, a.height, b.y, b.height);
  if (width <= 0 || height <= 0) return 0;
  const double both = static_cast<double>(width) * static_cast<double>(height);
  return both / (area(a) + area(b) - both);
}

std::vector<std::uint64_t> IouTracker::next_frame(std::uint64_t frame, std::span<const ClassedBox> boxes,
                                                  const std::function<Claim(std::uint64_t)>& claim_of) {
  const auto claims = forget_unclaimed(frame, claim_of);
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < state_.objects.size(); ++i) {
    for (std::size_t k = 0; k < boxes.size(); ++k) {
      if (!boxes[k].box || boxes[k].class_id != state_.objects[i].class_id) continue;
      const double overlap = iou(state_.objects[i].box, *boxes[k].box);
      if (overlap >= limits_.iou_min) pairs.push_back({claims[i], overlap, i, k});
    }
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    return std::tuple(a.claim, -a.iou, a.object, a.box) < std::tuple(b.claim, -b.iou, b.object, b.box);
  });

  std::vector<std::uint64_t> ids(boxes.size(), 0);
  for (const auto& pair : pairs) {
    auto& object = state_.objects[pair.object];
    if (object.last_frame == frame || ids[pair.box] != 0) continue;
    object.last_frame = frame;
    object.box = *boxes[pair.box].box;
    ids[pair.box] = object.id;
  }
  for (std::size_t k = 0; k < boxes.size(); ++k) {
    const auto& [class_id, box] = boxes[k];
    if (ids[k] != 0 || !box || box->width <= 0 || box->height <= 0) continue;
    ids[k] = ++state_.last_id;
    state_.objects.push_back({ids[k], class_id, *box, frame});
  }
  bound();
  return ids;
}

// The claims of the objects that are left, in their order.
std::vector<Claim> IouTracker::forget_unclaimed(std::uint64_t frame,
                                                const std::function<Claim(std::uint64_t)>& claim_of) {
  auto& objects = state_.objects;
  std::vector<Claim> claims;
  claims.reserve(objects.size());
  for (const auto& object : objects) {
    const bool seen = frame - object.last_frame <= limits_.gone_frames;
    const auto claim = seen ? Claim::kSeen : claim_of(object.id);
    if (claim == Claim::kNone) continue;
    objects[claims.size()] = object;
    claims.push_back(claim);
  }
  objects.resize(claims.size());
  return claims;
}

void IouTracker::restore(IouState state) {
  state_ = std::move(state);
  std::sort(state_.objects.begin(), state_.objects.end(),
            [](const TrackedBox& a, const TrackedBox& b) { return a.id < b.id; });
  bound();
}

void IouTracker::bound() {
  auto& objects = state_.objects;
  if (objects.size() <= limits_.max_objects) return;
  const auto surplus = static_cast<std::ptrdiff_t>(objects.size() - limits_.max_objects);
  std::nth_element(objects.begin(), objects.begin() + surplus, objects.end(),
                   [](const TrackedBox& a, const TrackedBox& b) {
                     return std::tuple(a.last_frame, a.id) < std::tuple(b.last_frame, b.id);
                   });
  objects.erase(objects.begin(), objects.begin() + surplus);
  std::sort(objects.begin(), objects.end(),
            [](const TrackedBox& a, const TrackedBox& b) { return a.id < b.id; });
}

}  // namespace stream::decision
