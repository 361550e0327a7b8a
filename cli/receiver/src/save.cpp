#include "save.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>

#include "picture_check.hpp"
#include "stream/common/files.hpp"

namespace stream::receiver {
namespace {

using Json = nlohmann::ordered_json;

const char* extension(std::string_view bytes) {
  return check_picture(bytes) == PictureKind::kPng ? ".png" : ".jpg";
}

std::string to_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

Result<std::uint64_t> prepare_save_dir(const std::filesystem::path& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  std::uint64_t highest = 0;
  for (std::filesystem::directory_iterator file(dir, error), end; !error && file != end;
       file.increment(error)) {
    if (file->path().extension() != ".json") continue;
    const auto stem = file->path().stem().string();
    std::uint64_t number = 0;
    const auto [rest, bad] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (bad == std::errc{} && rest == stem.data() + stem.size()) highest = std::max(highest, number);
  }
  if (error) return fail(ErrorCode::kUnavailable, "{}: {}", dir.string(), error.message());
  return highest;
}

Status save_alarm(const std::filesystem::path& dir, const ReceivedAlarm& alarm) {
  const auto number = std::to_string(alarm.number);
  const auto scene = number + extension(alarm.scene);
  if (auto saved = write_file(dir / scene, alarm.scene); !saved) return saved;

  auto events = Json::array();
  for (const auto& event : alarm.events) {
    const auto name = fmt::format("{}-{}{}", number, events.size() + 1, extension(event.picture));
    if (auto saved = write_file(dir / name, event.picture); !saved) return saved;
    events.push_back({{"Image", name},
                      {"Type", event.type},
                      {"Box",
                       {{"LeftTopX", event.box.left_top_x},
                        {"LeftTopY", event.box.left_top_y},
                        {"RightBtmX", event.box.right_btm_x},
                        {"RightBtmY", event.box.right_btm_y}}},
                      {"Extend", Json::parse(event.extend_json)}});
  }
  const Json json = {{"AlarmID", alarm.alarm_id},       {"TaskID", alarm.task_id}, {"SrcID", alarm.src_id},
                     {"FrameIndex", alarm.frame_index}, {"SceneImage", scene},     {"AnalyzeEvents", events}};
  return write_file(dir / (number + ".json"), to_text(json));
}

}  // namespace stream::receiver
