#include "areas.hpp"

#include <algorithm>
#include <utility>

#include "stream/common/assert.hpp"

namespace stream::decision {
namespace {

constexpr double kRounding = 1e-9;  // of a share, which is a sum of rounded parts

struct Scale {
  double x, y;
};

Scale scale(Canvas frame, Canvas drawn) {
  const auto known = [](Canvas c) { return c.width > 0 && c.height > 0; };
  if (!known(frame) || !known(drawn)) return {1, 1};
  return {static_cast<double>(drawn.width) / frame.width, static_cast<double>(drawn.height) / frame.height};
}

// Begin and end of a box on one axis, within the frame if that is known.
std::pair<double, double> extent(double begin, double size, std::int32_t limit) {
  const double end = begin + std::max(size, 0.0);
  if (limit <= 0) return {begin, end};
  return {std::clamp<double>(begin, 0, limit), std::clamp<double>(end, 0, limit)};
}

double share(const Region& region, const Rect& box) {
  const double whole = box.area();
  return whole > 0 ? region.overlap(box) / whole : 0;
}

Areas::Set bit(std::size_t number) {
  return Areas::Set{1} << number;
}

}  // namespace

Place place_of(const Box& box, Anchor anchor, Canvas frame, Canvas drawn) {
  const auto [left, right] = extent(box.x, box.width, frame.width);
  const auto [top, bottom] = extent(box.y, box.height, frame.height);
  const auto [x, y] = scale(frame, drawn);
  const double anchor_y = anchor == Anchor::kBottomCentre ? bottom : (top + bottom) / 2;
  return {{left * x, top * y, right * x, bottom * y}, {(left + right) / 2 * x, anchor_y * y}};
}

Areas::Areas(const std::vector<std::vector<Point>>& rings, double min_overlap) : min_overlap_(min_overlap) {
  STREAM_ASSERT(rings.size() <= kMostAreas, "{} areas", rings.size());
  for (std::size_t i = 0; i < rings.size(); ++i) {
    STREAM_ASSERT(rings[i].size() <= kMostCorners, "area {} has {} corners", i, rings[i].size());
    if (auto region = Region::inside(rings[i])) {
      areas_.push_back({i, *std::move(region)});
      all_ |= bit(i);
    }
  }
}

Areas::Set Areas::holding(const Place& place) const {
  Set set = 0;
  for (const auto& [number, region] : areas_) {
    const bool inside = min_overlap_ > 0 ? share(region, place.box) >= min_overlap_ - kRounding
                                         : region.contains(place.anchor);
    if (inside) set |= bit(number);
  }
  return set;
}

Areas::Set Areas::holding_all(Canvas frame, Canvas drawn) const {
  if (frame.width <= 0 || frame.height <= 0) return 0;
  const auto whole = place_of({0, 0, frame.width, frame.height}, Anchor::kCentre, frame, drawn).box;
  Set set = 0;
  for (const auto& [number, region] : areas_) {
    if (share(region, whole) >= 1 - kRounding) set |= bit(number);
  }
  return set;
}

Areas::Share Areas::best_share(const Place& place) const {
  Share best;
  if (!areas_.empty()) best.area = areas_.front().number;
  for (const auto& [number, region] : areas_) {
    if (const double s = share(region, place.box); s > best.share) best = {s, number};
  }
  return best;
}

}  // namespace stream::decision
