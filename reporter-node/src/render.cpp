#include "render.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "stream/common/base64.hpp"
#include "stream/common/encode.hpp"
#include "stream/schemas/codec.hpp"

namespace stream::reporter {
namespace {

using Json = nlohmann::ordered_json;

Json render_extend(const std::string& text) {
  auto extend = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return extend.is_object() ? std::move(extend) : Json::object();
}

Json analyze_event(const AlarmEvent& event) {
  // In 64 bits: a box comes from the stream process and may reach to the ends of its type.
  const auto& box = event.box;
  return {{"ImageBase64", base64_encode(event.picture)},
          {"Type", event.type},
          {"Box",
           {{"LeftTopY", box.y},
            {"RightBtmY", std::int64_t{box.y} + box.height},
            {"LeftTopX", box.x},
            {"RightBtmX", std::int64_t{box.x} + box.width}}},
          {"Extend", render_extend(event.extend_json)}};
}

}  // namespace

std::string render_report(const Alarm& alarm) {
  Json report = {{"TaskID", alarm.task_id},        {"SceneImageBase64", base64_encode(alarm.scene)},
                 {"SrcID", alarm.src_id},          {"FrameIndex", alarm.frame_index},
                 {"AnalyzeEvents", Json::array()}, {"AlarmID", alarm.id}};
  for (const auto& event : alarm.events) report["AnalyzeEvents"].push_back(analyze_event(event));
  if (alarm.picture_lost) report["PictureLost"] = true;
  auto reports = Json::array();
  reports.push_back(std::move(report));
  return reports.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string render_event(const SystemEvent& event) {
  return to_display_json(event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string header_value(std::string_view id) {
  const bool plain = std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f'; });
  return plain ? std::string(id) : encode_name(id);
}

}  // namespace stream::reporter
