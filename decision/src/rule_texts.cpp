// What a RuleChain says to people. Only called when somebody asks.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "rule_chain.hpp"

namespace stream::decision {
namespace {

std::string areas_named(Areas::Set set) {
  std::string names;
  for (std::size_t a = 0; a < kMostAreas; ++a) {
    if (((set >> a) & 1U) == 0) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", a + 1);
  }
  return names;
}

double seconds(std::int64_t us) {
  return static_cast<double>(us) / 1e6;
}

}  // namespace

std::string RuleChain::text_of(const FrameView& frame, std::size_t i,
                               std::optional<RuleId> stopped_by) const {
  const auto& sight = sights_[i];
  const auto& seen = frame.objects[i];
  if (!stopped_by)
    return sight.object->crossed > 0 ? fmt::format("crossed line {}", sight.object->crossed) : "alarms";
  switch (*stopped_by) {
    case RuleId::kIdentity:
      if (!sight.key.empty()) return "counted already in this frame";
      return spec_.identity == Identity::kIou ? "nobody knows where it is" : "has no key";
    case RuleId::kSchedule:
      return fmt::format("{} is outside the schedule", schedule_->local_time(time_.wall_us));
    case RuleId::kClass:
      return seen.class_id < 0 ? std::string("nobody knows its class")
                               : fmt::format("class {} is not asked for", seen.class_id);
    case RuleId::kSize:
      if (!seen.box) return "nobody knows how large it is";
      return std::min(seen.box->width, seen.box->height) < spec_.size->min_px
                 ? fmt::format("{}x{}: shorter side under {}", seen.box->width, seen.box->height,
                               spec_.size->min_px)
                 : fmt::format("{}x{}: longer side over {}", seen.box->width, seen.box->height,
                               spec_.size->max_px);
    case RuleId::kArea:
      return area_text(sight);
    case RuleId::kCount:
      return fmt::format("{} of {} objects{}", sight.count, spec_.min_count,
                         sight.area ? fmt::format(" in area {}", *sight.area + 1) : "");
    case RuleId::kSeen:
      return fmt::format("seen {} of {}", sight.object->seen, spec_.in_frames);
    case RuleId::kTrackInterval:
      return fmt::format("there for {} of {} frames", now_ - sight.object->first_counted + 1,
                         spec_.track_interval);
    case RuleId::kScore:
      return fmt::format("median of {} scores is {:.4f}, class {} needs {:.4f}", sight.object->scores.size(),
                         median_score(*sight.object), seen.class_id, score_limit(seen.class_id));
    case RuleId::kStay:
      return fmt::format("stays for {:.2f} of {:.2f} s",
                         seconds(time_.running_us - sight.object->first_counted_us), seconds(spec_.stay_us));
    case RuleId::kCustom:
      return sight.custom.text;
    case RuleId::kLine:
      return line_text(sight);
    case RuleId::kOnce:
      return "has had its alarm in this stay";
    case RuleId::kAlarmInterval:
      return fmt::format("quiet: {} of {} frames since its last alarm", now_ - sight.object->alarmed_at,
                         spec_.alarm_interval);
  }
  return {};
}

std::string RuleChain::area_text(const Sight& sight) const {
  if (!sight.place) return "nobody knows where it is";
  if (spec_.min_overlap > 0) {
    const auto [share, area] = areas_.best_share(*sight.place);
    return fmt::format("{:.4f} of its box is in area {}, {:.4f} needed", share, area + 1, spec_.min_overlap);
  }
  const auto names = areas_named(areas_.all());
  return fmt::format("anchor {:.6g},{:.6g} outside area{} {}", sight.place->anchor.x, sight.place->anchor.y,
                     names.size() > 2 ? "s" : "", names);
}

std::string RuleChain::line_text(const Sight& sight) const {
  if (!sight.key_is_unique) return "has no path: its key is in the frame more than once";
  if (!sight.place) return "nobody knows where it is";
  if (sight.crossing == Crossing::kUnwanted) {
    return fmt::format("crossed line {} against its direction", sight.line + 1);
  }
  std::size_t nearest = 0;
  double least = std::numeric_limits<double>::max();
  for (const auto& [number, line] : lines_) {
    const double distance = std::abs(line.distance(sight.place->anchor));
    if (distance < least) {
      least = distance;
      nearest = number;
    }
  }
  return fmt::format("has crossed no line: anchor {:.6g},{:.6g} is {:.6g} px off line {}",
                     sight.place->anchor.x, sight.place->anchor.y, least, nearest + 1);
}

}  // namespace stream::decision
