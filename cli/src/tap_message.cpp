#include "tap_message.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stream/common/base64.hpp"
#include "stream/common/encode.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kObjectsShown = 8;
constexpr std::size_t kShortestPictureBytes = 200;  // of base64; no JPEG is shorter

std::string file_name(std::string_view kind, const std::string& task_id, std::uint32_t algorithm,
                      std::int64_t frame) {
  return fmt::format("{}-{}-{}-{}", kind, encode_name(task_id.empty() ? "-" : task_id), algorithm, frame);
}

std::string object_text(const FrameMeta& frame, std::size_t index) {
  const Detection& detection = frame.detections[index];
  std::string text = detection.label.empty() ? fmt::format("class {}", detection.class_id) : detection.label;
  if (frame.track_ids.size() == frame.detections.size()) text += fmt::format("#{}", frame.track_ids[index]);
  if (frame.sub_objects.size() == frame.detections.size() && !frame.sub_objects[index].label.empty()) {
    text += fmt::format(" [{}]", frame.sub_objects[index].label);
  }
  return text + fmt::format(" {:.2f}", detection.score);
}

std::string objects_text(const FrameMeta& frame) {
  std::string text;
  const std::size_t shown = std::min(frame.detections.size(), kObjectsShown);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? ": " : ", ") + object_text(frame, i);
  if (shown < frame.detections.size()) text += fmt::format(" and {} more", frame.detections.size() - shown);
  if (!frame.poses.empty()) text += fmt::format("; poses: {}", frame.poses.size());
  if (!frame.faces.empty()) text += fmt::format("; faces: {}", frame.faces.size());
  if (frame.end_of_stream) text += "; end of stream";
  return text;
}

TapMessage message_of(const FrameMeta& frame) {
  TapMessage message;
  message.text = fmt::format("{} frame  {}/{} #{} {}x{} {}{}", time_text(frame.received_us), frame.task_id,
                             frame.algorithm, frame.frame_id, frame.width, frame.height,
                             size_text(frame.body_bytes), objects_text(frame));
  message.scene = frame.ref;
  message.scene_name = file_name("frame", frame.task_id, frame.algorithm, frame.frame_id);
  return message;
}

TapMessage message_of(const Alarm& alarm) {
  TapMessage message;
  message.text = fmt::format("{} alarm  {}/{} #{} scene {}{}", time_text(alarm.decided_us), alarm.task_id,
                             alarm.algorithm, alarm.frame_index, picture_text(alarm.scene),
                             alarm.picture_lost ? " (lost)" : "");
  const std::string name = file_name("alarm", alarm.task_id, alarm.algorithm, alarm.frame_index);
  message.pictures.push_back({name, alarm.scene});
  for (const AlarmEvent& event : alarm.events) {
    message.text += fmt::format("; type {} object {} at {},{} {}x{} {} {}", event.type, event.key,
                                event.box.x, event.box.y, event.box.width, event.box.height,
                                event.extend_json, picture_text(event.picture));
    message.pictures.push_back({fmt::format("{}-{}", name, message.pictures.size()), event.picture});
  }
  return message;
}

TapMessage message_of(const TaskEvent& event) {
  TapMessage message;
  message.text = fmt::format("{} event  {}/{} {}{}{}", time_text(event.at_us), event.task_id, event.algorithm,
                             event.kind, event.text.empty() ? "" : ": ", event.text);
  return message;
}

TapMessage message_of(const SystemEvent& event) {
  constexpr std::int64_t kMicroseconds = 1000;
  TapMessage message;
  message.text =
      fmt::format("{} system {} {} {}{}{} (since {}, says {}{})", time_text(event.at_ms * kMicroseconds),
                  event.severity, event.kind, event.subject, event.text.empty() ? "" : ": ", event.text,
                  time_text(event.since_ms * kMicroseconds), event.node,
                  event.flaps > 0 ? fmt::format(", {} flaps", event.flaps) : "");
  return message;
}

TapMessage message_of(const ReportResult& result) {
  TapMessage message;
  message.text =
      fmt::format("{} report {} {} {} status {} attempt {} in {} ms to {}{}{}", time_text(result.at_us),
                  result.task_id, result.alarm_id, result.outcome, result.status, result.attempt,
                  result.duration_ms, result.url, result.detail.empty() ? "" : ": ", result.detail);
  return message;
}

template <class Message>
Result<TapMessage> decoded(std::string_view payload) {
  return decode<Message>(payload).map([](const Message& message) {
    TapMessage result = message_of(message);
    result.json = to_display_json(message);
    return result;
  });
}

// Takes every picture out of `value` and puts its description in its place.
void take_pictures(json& value, std::vector<std::string>& pictures) {
  if (value.is_structured()) {
    for (json& member : value) take_pictures(member, pictures);
    return;
  }
  if (!value.is_string()) return;
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() < kShortestPictureBytes) return;
  auto bytes = base64_decode(text);
  if (!bytes || !picture::inspect_jpeg(*bytes)) return;
  std::string description = picture_text(*bytes);
  pictures.push_back(std::move(*bytes));
  value = std::move(description);
}

// The body as the stream process sent it: JSON with pictures in base64.
Result<TapMessage> read_body(std::string_view topic, std::string_view payload) {
  TapMessage message;
  message.json = json::parse(payload, nullptr, false);
  if (!message.json.is_object())
    return fail(ErrorCode::kInvalid, "found {} bytes that are no JSON object", payload.size());
  const json frame_id = message.json.value("/mFrame/mFrameId"_json_pointer, json(nullptr));
  std::vector<std::string> pictures;
  take_pictures(message.json, pictures);

  const std::string_view source = topic.substr(topic.find('/') + 1, topic.size() - topic.find('/') - 2);
  std::string name = fmt::format("body-{}-{}", source, frame_id.dump());
  std::replace(name.begin(), name.end(), '/', '-');
  message.text = fmt::format("- body   {} #{} {}", source, frame_id.dump(), size_text(payload.size()));
  for (std::string& picture : pictures) {
    message.text += " " + picture_text(picture);
    message.pictures.push_back({fmt::format("{}-{}", name, message.pictures.size()), std::move(picture)});
  }
  return message;
}

Result<TapMessage> read_any(std::string_view topic, std::string_view payload) {
  const std::string_view kind = topic.substr(0, topic.find('/'));
  if (kind == "frame") return decoded<FrameMeta>(payload);
  if (kind == "alarm") return decoded<Alarm>(payload);
  if (topic == topics::kSystemEvent) return decoded<SystemEvent>(payload);
  if (kind == "event") return decoded<TaskEvent>(payload);
  if (kind == "report") return decoded<ReportResult>(payload);
  if (kind == "body" && topic.size() > kind.size() + 1) return read_body(topic, payload);
  return fail(ErrorCode::kInvalid, "unknown kind of topic");
}

}  // namespace

Result<TapMessage> read_message(std::string_view topic, std::string_view payload) {
  auto message = read_any(topic, payload);
  if (message) {
    message->text = one_line(std::move(message->text));
    return message;
  }
  return tl::unexpected(std::move(message).error().within(topic));
}

}  // namespace stream::cli
