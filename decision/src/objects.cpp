#include "stream/decision/objects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace stream::decision {
namespace {

using manifest::ObjectKey;
using manifest::ObjectList;

constexpr std::size_t kMaxKeyBytes = 256;
constexpr int kPoseMarginPx = 10;
constexpr std::int64_t kMaxCoordinate = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMinCoordinate = std::numeric_limits<std::int32_t>::min();

std::size_t count_of(const FrameMeta& frame, ObjectList list) {
  switch (list) {
    case ObjectList::kDetections:
      return frame.detections.size();
    case ObjectList::kSubObjects:
      return frame.sub_objects.size();
    case ObjectList::kTracks:
      return frame.track_ids.size();
    case ObjectList::kPoses:
      return frame.poses.size();
    case ObjectList::kFaces:
      return frame.faces.size();
  }
  return 0;
}

const std::string* label_of(const FrameMeta& frame, const manifest::ObjectSpec& spec, std::size_t object) {
  if (spec.from == ObjectList::kSubObjects) return &frame.sub_objects[object].label;
  const auto* detection = detection_of(frame, spec, object);
  return detection ? &detection->label : nullptr;
}

std::string key_of(const FrameMeta& frame, const manifest::ObjectSpec& spec, std::size_t object) {
  switch (spec.key) {
    case ObjectKey::kClass:
      if (spec.from == ObjectList::kPoses) return "pose";
      if (spec.from == ObjectList::kFaces) return "face";
      return std::to_string(frame.detections[object].class_id);
    case ObjectKey::kLabel:
      return label_of(frame, spec, object)->substr(0, kMaxKeyBytes);
    case ObjectKey::kTrackId:
      return std::to_string(frame.track_ids[object]);
    case ObjectKey::kPosition:
      return {};
    case ObjectKey::kIndex:
      return std::to_string(object);
  }
  return {};
}

// A box of any numbers as one whose four edges fit an int32.
Box representable(std::int64_t left, std::int64_t top, std::int64_t right, std::int64_t bottom) {
  const auto fit = [](std::int64_t value) { return std::clamp(value, kMinCoordinate, kMaxCoordinate); };
  left = fit(left);
  top = fit(top);
  const auto width = std::clamp<std::int64_t>(fit(right) - left, 0, kMaxCoordinate);
  const auto height = std::clamp<std::int64_t>(fit(bottom) - top, 0, kMaxCoordinate);
  return {static_cast<std::int32_t>(left), static_cast<std::int32_t>(top), static_cast<std::int32_t>(width),
          static_cast<std::int32_t>(height)};
}

Box representable(const Box& box) {
  return representable(box.x, box.y, std::int64_t{box.x} + box.width, std::int64_t{box.y} + box.height);
}

std::optional<Box> box_around(const Pose& pose, const FrameMeta& frame) {
  std::int64_t left = kMaxCoordinate, top = kMaxCoordinate, right = kMinCoordinate, bottom = kMinCoordinate;
  const auto whole = [](float value) {
    return static_cast<std::int64_t>(
        std::clamp(double(value), double(kMinCoordinate), double(kMaxCoordinate)));
  };
  for (std::size_t i = 0; i + 2 < pose.keypoints.size(); i += 3) {
    const float x = pose.keypoints[i];
    const float y = pose.keypoints[i + 1];
    if (!(pose.keypoints[i + 2] > kKeypointFound) || !std::isfinite(x) || !std::isfinite(y)) continue;
    left = std::min(left, whole(x));
    top = std::min(top, whole(y));
    right = std::max(right, whole(x));
    bottom = std::max(bottom, whole(y));
  }
  if (left > right) return std::nullopt;
  const auto limit = [](std::int32_t size) { return size > 0 ? std::int64_t{size} - 1 : kMaxCoordinate; };
  const auto inside = [](std::int64_t value, std::int64_t most) {
    return std::clamp<std::int64_t>(value, 0, most);
  };
  return representable(
      inside(left - kPoseMarginPx, limit(frame.width)), inside(top - kPoseMarginPx, limit(frame.height)),
      inside(right + kPoseMarginPx, limit(frame.width)), inside(bottom + kPoseMarginPx, limit(frame.height)));
}

std::string class_name(const Detection& detection, const std::vector<std::string>& labels) {
  const auto id = static_cast<std::size_t>(detection.class_id);
  if (detection.class_id >= 0 && id < labels.size()) return labels[id];
  return detection.label.empty() ? std::to_string(detection.class_id) : detection.label;
}

// JSON has no NaN: a score that is none is not known.
nlohmann::json known_score(float score) {
  return std::isfinite(score) ? nlohmann::json(score) : nlohmann::json();
}

double seconds(std::int64_t us) {
  return static_cast<double>(us) / 1e6;
}

// What an entry of Extend can point at, as docs/manifest.md describes it. Null is what is not known.
nlohmann::json shown(const FrameMeta& frame, const manifest::LogicPart& part, const ObjectAlarm& alarm) {
  const auto& spec = part.object;
  const auto object = alarm.object;
  nlohmann::json view = {{"key", alarm.key}, {"index", object}};
  if (const auto* label = label_of(frame, spec, object); label && !label->empty()) view["label"] = *label;
  if (spec.from == ObjectList::kTracks) view["track_id"] = frame.track_ids[object];
  if (spec.from == ObjectList::kFaces) view["score"] = known_score(frame.faces[object].score);
  if (const auto* detection = detection_of(frame, spec, object)) {
    view["class"] = detection->class_id;
    view["class_name"] = class_name(*detection, part.labels);
    view["score"] = known_score(detection->score);
  }
  if (const auto box = box_of(frame, spec, object))
    view["box"] = {{"x", box->x}, {"y", box->y}, {"width", box->width}, {"height", box->height}};
  view["frame"] = {{"id", frame.frame_id},
                   {"channel", frame.channel},
                   {"timestamp_us", frame.timestamp_us},
                   {"width", frame.width},
                   {"height", frame.height}};
  if (part.rules.stay) {
    view["stay_s"] = seconds(alarm.stay_us);
    view["leave_s"] = seconds(alarm.away_us);
  }
  if (part.rules.count) view["count"] = alarm.count;
  if (alarm.area) view["area"] = *alarm.area;
  if (alarm.line) view["line"] = *alarm.line;
  if (!alarm.custom.is_null()) view["custom"] = alarm.custom;
  return view;
}

}  // namespace

std::vector<std::string> keys_in(const FrameMeta& frame, const manifest::ObjectSpec& spec) {
  std::vector<std::string> keys;
  const auto count = count_of(frame, spec.from);
  keys.reserve(count);
  for (std::size_t i = 0; i < count; ++i) keys.push_back(key_of(frame, spec, i));
  return keys;
}

const Detection* detection_of(const FrameMeta& frame, const manifest::ObjectSpec& spec, std::size_t object) {
  if (spec.from == ObjectList::kPoses || spec.from == ObjectList::kFaces) return nullptr;
  if (count_of(frame, spec.from) != frame.detections.size()) return nullptr;
  return &frame.detections[object];
}

std::optional<Box> box_of(const FrameMeta& frame, const manifest::ObjectSpec& spec, std::size_t object) {
  if (spec.from == ObjectList::kPoses) return box_around(frame.poses[object], frame);
  if (spec.from == ObjectList::kFaces) return representable(frame.faces[object].box);
  const auto* detection = detection_of(frame, spec, object);
  if (!detection) return std::nullopt;
  return representable(detection->box);
}

std::string extend_of(const FrameMeta& frame, const manifest::LogicPart& part, const ObjectAlarm& alarm) {
  const nlohmann::json view = shown(frame, part, alarm);
  nlohmann::ordered_json extend = nlohmann::ordered_json::object();
  for (const auto& entry : part.event.extend) {
    const auto found = entry.from.find(view);
    const auto value =
        manifest::extend_value(entry, found.empty() ? nlohmann::json() : *found.front().value, part.tables);
    if (value) extend[entry.name] = *value;
  }
  return extend.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace stream::decision
