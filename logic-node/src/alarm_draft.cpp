#include "alarm_draft.hpp"

#include <algorithm>

#include "objects.hpp"
#include "stream/common/encode.hpp"

namespace stream::logic {
namespace {

constexpr std::size_t kMostKeyInId = 40;

AlarmEvent event_of(const Task& task, const FrameMeta& frame, std::size_t object) {
  AlarmEvent event;
  event.type = task.type;
  event.box = box_of(frame, task.rules, object).value_or(Box{0, 0, frame.width, frame.height});
  event.extend_json = extend_of(frame, task.rules, object);
  return event;
}

PictureDraft picture_of(const Task& task, const FrameMeta& frame, std::size_t object) {
  PictureDraft picture;
  picture.whole_scene = !box_of(frame, task.rules, object).has_value();
  if (task.rules.picture == EventPicture::kPose) {
    picture.kind = "pose";
    picture.pose = frame.poses[object];
  } else if (task.rules.picture == EventPicture::kSubObject && frame.sub_objects[object].has_picture) {
    picture.kind = "sub_object";
    picture.sub_object = static_cast<std::uint32_t>(object);
  } else if (task.rules.picture == EventPicture::kBox) {
    picture.kind = "box";
  }
  return picture;
}

}  // namespace

std::string alarm_id(const Task& task, std::string_view key, const LogicState& state) {
  return fmt::format("{}:{}:{}:{}-{}", encode_name(task.task_id), task.algorithm,
                     encode_name(key).substr(0, kMostKeyInId), state.life, state.episodes);
}

AlarmDraft draft_alarm(const Task& task, const FrameMeta& frame, const Decision& decision,
                       std::size_t max_events, const Counters& counters) {
  AlarmDraft draft;
  draft.frame = frame.ref;
  auto& alarm = draft.alarm;
  alarm.id = decision.id;
  alarm.task_id = task.task_id;
  alarm.src_id = task.src_id;
  alarm.algorithm = task.algorithm;
  alarm.frame_index = frame.frame_id;
  alarm.timestamp_us = frame.timestamp_us;
  alarm.decided_us = decision.decided_us;
  alarm.report_urls = task.report_urls;
  alarm.report_policy = task.report_policy;
  const auto keys = keys_in(frame, task.rules);
  const auto count = std::min(decision.objects.size(), max_events);
  for (std::size_t i = 0; i < count; ++i) {
    const auto object = decision.objects[i];
    alarm.events.push_back(event_of(task, frame, object));
    alarm.events.back().key = keys[object];
    draft.pictures.push_back(picture_of(task, frame, object));
    if (draft.pictures.back().whole_scene) counters.boxes_unknown.add();
  }
  counters.events_left_out.add(static_cast<double>(decision.objects.size() - count));
  return draft;
}

}  // namespace stream::logic
