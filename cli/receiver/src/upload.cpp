#include "upload.hpp"

#include <algorithm>
#include <limits>

#include "picture_check.hpp"
#include "stream/common/base64.hpp"

namespace stream::receiver {
namespace {

using nlohmann::json;

// Members may be missing or null, which both mean the zero value; what is there must have the right type.
const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

bool is_text_or_absent(const json& object, const char* key) {
  const json* value = member(object, key);
  return value == nullptr || value->is_string();
}

// 50.0 is no integer here, just as the real receiver's decoder refuses it.
bool is_integer_or_absent(const json& object, const char* key) {
  const json* value = member(object, key);
  if (value == nullptr) return true;
  if (value->is_number_unsigned()) {
    return value->get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  }
  return value->is_number_integer();
}

bool is_box(const json& box) {
  return box.is_object() && is_integer_or_absent(box, "LeftTopX") && is_integer_or_absent(box, "LeftTopY") &&
         is_integer_or_absent(box, "RightBtmX") && is_integer_or_absent(box, "RightBtmY");
}

bool is_event(const json& event) {
  if (!event.is_object()) return false;
  const json* box = member(event, "Box");
  const json* extend = member(event, "Extend");
  return is_text_or_absent(event, "ImageBase64") && is_integer_or_absent(event, "Type") &&
         (box == nullptr || is_box(*box)) && (extend == nullptr || extend->is_object());
}

bool is_alarm(const json& alarm) {
  if (!alarm.is_object()) return false;
  const json* events = member(alarm, "AnalyzeEvents");
  return is_text_or_absent(alarm, "TaskID") && is_text_or_absent(alarm, "SrcID") &&
         is_text_or_absent(alarm, "SceneImageBase64") && is_integer_or_absent(alarm, "FrameIndex") &&
         (events == nullptr || (events->is_array() && std::ranges::all_of(*events, is_event)));
}

std::string text(const json& object, const char* key) {
  const json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::int64_t integer(const json& object, const char* key) {
  const json* value = member(object, key);
  return value == nullptr ? 0 : value->get<std::int64_t>();
}

// Empty when there is no good picture.
std::string picture(const json& object, const char* key) {
  const json* value = member(object, key);
  if (value == nullptr) return {};
  auto bytes = base64_decode(value->get_ref<const std::string&>());
  return bytes && check_picture(*bytes) != PictureKind::kNone ? std::move(*bytes) : std::string();
}

Corners corners(const json& event) {
  const json* box = member(event, "Box");
  if (box == nullptr) return {};
  return {integer(*box, "LeftTopX"), integer(*box, "LeftTopY"), integer(*box, "RightBtmX"),
          integer(*box, "RightBtmY")};
}

}  // namespace

std::optional<json> read_upload(std::string_view body) {
  auto alarms = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!alarms.is_array() || alarms.empty() || !std::ranges::all_of(alarms, is_alarm)) return std::nullopt;
  return alarms;
}

tl::expected<ReceivedAlarm, Rejection> read_alarm(const json& alarm) {
  const json* events = member(alarm, "AnalyzeEvents");
  if (events == nullptr || events->empty()) return tl::unexpected(Rejection::kParameter);

  ReceivedAlarm received;
  received.alarm_id = text(alarm, "AlarmID");
  received.task_id = text(alarm, "TaskID");
  received.src_id = text(alarm, "SrcID");
  received.frame_index = integer(alarm, "FrameIndex");
  received.scene = picture(alarm, "SceneImageBase64");
  if (received.scene.empty()) return tl::unexpected(Rejection::kPicture);

  for (const json& event : *events) {
    auto bytes = picture(event, "ImageBase64");
    if (bytes.empty()) {
      ++received.dropped_events;
      continue;
    }
    const json* extend = member(event, "Extend");
    received.events.push_back({integer(event, "Type"), corners(event),
                               extend == nullptr ? "{}" : extend->dump(), std::move(bytes)});
  }
  return received;
}

}  // namespace stream::receiver
