#include "rule_spec.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace stream::decision {
namespace {

template <class Number>
Status within(std::string_view member, Number found, Number least, Number most) {
  // Written so that NaN is outside.
  if (found >= least && found <= most) return {};
  return fail(ErrorCode::kInvalid, "{}: found {}, expected {} to {}", member, found, least, most);
}

Status check_points(std::string_view member, const std::vector<Point>& points) {
  constexpr double kFarthest_px = 2147483648;  // as the manifest takes them
  const bool sane = std::all_of(points.begin(), points.end(), [&](Point p) {
    return std::abs(p.x) <= kFarthest_px && std::abs(p.y) <= kFarthest_px;
  });
  if (sane) return {};
  return fail(ErrorCode::kInvalid, "{}: found a point that is more than {} px away, or no number", member,
              kFarthest_px);
}

Status check_areas(const std::vector<std::vector<Point>>& areas) {
  if (auto status = within<std::size_t>("areas, their number", areas.size(), 0, kMostAreas); !status) {
    return status;
  }
  for (std::size_t i = 0; i < areas.size(); ++i) {
    const auto member = fmt::format("areas[{}]", i);
    if (auto status = within<std::size_t>(member + ", its corners", areas[i].size(), 0, kMostCorners);
        !status) {
      return status;
    }
    if (auto status = check_points(member, areas[i]); !status) return status;
  }
  return {};
}

Status check_lines(const std::vector<LineSpec>& lines) {
  if (auto status = within<std::size_t>("lines, their number", lines.size(), 0, kMostLines); !status) {
    return status;
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& [start, end, direction_start, direction_end] = lines[i];
    if (auto status = check_points(fmt::format("lines[{}]", i), {start, end, direction_start, direction_end});
        !status) {
      return status;
    }
  }
  return {};
}

Status check_scores(const std::optional<ScoreLimits>& scores) {
  if (!scores) return {};
  if (auto status = within("scores.others", scores->others, 0.0, 1.0); !status) return status;
  for (const auto& [class_id, limit] : scores->by_class) {
    if (auto status = within(fmt::format("scores.by_class[{}]", class_id), limit, 0.0, 1.0); !status)
      return status;
  }
  return {};
}

Status check_size(const std::optional<SizeLimits>& size) {
  constexpr auto kMost = std::numeric_limits<std::int32_t>::max();
  if (!size) return {};
  return within("size.min_px", size->min_px, 0, kMost).and_then([&] {
    return within("size.max_px", size->max_px, 0, kMost);
  });
}

}  // namespace

Status check(const RuleSpec& spec) {
  constexpr std::uint64_t kOnce = 1;
  constexpr std::size_t kMostObjects = 1'000'000;
  return within<std::int64_t>("sample_interval", spec.sample_interval, 1, kMostFrames)
      .and_then([&] { return within("in_frames", spec.in_frames, kOnce, kMostFrames); })
      .and_then([&] { return within("out_frames", spec.out_frames, kOnce, kMostFrames); })
      .and_then([&] { return within<std::size_t>("max_objects", spec.max_objects, 1, kMostObjects); })
      .and_then([&] { return within("iou_min", spec.iou_min, std::numeric_limits<double>::min(), 1.0); })
      .and_then([&] { return check_size(spec.size); })
      .and_then([&] { return check_areas(spec.areas); })
      .and_then([&] { return within("min_overlap", spec.min_overlap, 0.0, 1.0); })
      .and_then([&] { return within<std::uint64_t>("track_interval", spec.track_interval, 0, kMostFrames); })
      .and_then([&] { return check_scores(spec.scores); })
      .and_then([&] { return within<std::int64_t>("stay_us", spec.stay_us, 0, kLongestUs); })
      .and_then([&] { return within<std::int64_t>("leave_us", spec.leave_us, 0, kLongestUs); })
      .and_then([&] { return check_lines(spec.lines); })
      .and_then([&] { return within("hysteresis_px", spec.hysteresis_px, 0.0, 1e6); })
      .and_then([&] { return within<std::uint64_t>("alarm_interval", spec.alarm_interval, 0, kMostFrames); });
}

}  // namespace stream::decision
