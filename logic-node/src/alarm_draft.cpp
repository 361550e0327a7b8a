#include "alarm_draft.hpp"

#include <algorithm>

#include "stream/common/encode.hpp"
#include "stream/decision/objects.hpp"

namespace stream::logic {
namespace {

constexpr std::size_t kMostKeyInId = 40;

AlarmEvent event_of(const Task& task, const FrameMeta& frame, const decision::ObjectAlarm& alarm) {
  AlarmEvent event;
  event.type = task.type;
  event.box =
      decision::box_of(frame, task.logic.object, alarm.object).value_or(Box{0, 0, frame.width, frame.height});
  event.extend_json = decision::extend_of(frame, task.logic, alarm);
  event.key = alarm.key;
  return event;
}

PictureDraft picture_of(const Task& task, const FrameMeta& frame, std::size_t object) {
  PictureDraft picture;
  picture.whole_scene = !decision::box_of(frame, task.logic.object, object).has_value();
  switch (task.logic.event.crop) {
    case manifest::Crop::kPose:
      picture.kind = "pose";
      picture.pose = frame.poses[object];
      break;
    case manifest::Crop::kSubObject:
      if (!frame.sub_objects[object].has_picture) break;
      picture.kind = "sub_object";
      picture.sub_object = static_cast<std::uint32_t>(object);
      break;
    case manifest::Crop::kBox:
      picture.kind = "box";
      break;
    case manifest::Crop::kSquare:
    case manifest::Crop::kFace:
      break;
  }
  return picture;
}

}  // namespace

std::string alarm_id(const Task& task, std::string_view key, const LogicState& state) {
  return fmt::format("{}:{}:{}:{}-{}", encode_name(task.task_id), task.algorithm,
                     encode_name(key).substr(0, kMostKeyInId), state.life, state.episodes);
}

AlarmDraft draft_alarm(const Task& task, const FrameMeta& frame, const Decision& decided,
                       std::size_t max_events, const Counters& counters) {
  AlarmDraft draft;
  draft.frame = frame.ref;
  auto& alarm = draft.alarm;
  alarm.id = decided.id;
  alarm.task_id = task.task_id;
  alarm.src_id = task.src_id;
  alarm.algorithm = task.algorithm;
  alarm.frame_index = frame.frame_id;
  alarm.timestamp_us = frame.timestamp_us;
  alarm.decided_us = decided.decided_us;
  alarm.report_urls = task.report_urls;
  alarm.report_policy = task.report_policy;
  const auto count = std::min(decided.objects.size(), max_events);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& object = decided.objects[i];
    alarm.events.push_back(event_of(task, frame, object));
    draft.pictures.push_back(picture_of(task, frame, object.object));
    if (draft.pictures.back().whole_scene) counters.boxes_unknown.add();
  }
  counters.events_left_out.add(static_cast<double>(decided.objects.size() - count));
  return draft;
}

}  // namespace stream::logic
