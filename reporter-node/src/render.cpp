#include "render.hpp"

#include <nlohmann/json.hpp>

#include "stream/common/base64.hpp"

namespace stream::reporter {
namespace {

using Json = nlohmann::ordered_json;

Json render_extend(const std::string& text) {
  auto extend = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return extend.is_object() ? std::move(extend) : Json::object();
}

Json render_event(const AlarmEvent& event) {
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
  for (const auto& event : alarm.events) report["AnalyzeEvents"].push_back(render_event(event));
  if (alarm.picture_lost) report["PictureLost"] = true;
  auto reports = Json::array();
  reports.push_back(std::move(report));
  return reports.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace stream::reporter
