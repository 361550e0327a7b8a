#include "render.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace stream::reporter {
namespace {

using nlohmann::json;

Alarm an_alarm() {
  Alarm alarm;
  alarm.id = "task:0:7:9";
  alarm.task_id = "任务1";
  alarm.src_id = "600100000445030222";
  alarm.frame_index = 2066;
  alarm.scene = "scene";
  alarm.events.push_back({16, {306, 693, 106, 42}, "crop", R"({"VehicleLicense":"鲁BD20999"})", "鲁BD20999"});
  return alarm;
}

TEST(RenderReport, IsWhatTheReceiverWants) {
  const auto report = json::parse(render_report(an_alarm()));
  EXPECT_EQ(report, json::parse(R"([{
    "TaskID": "任务1",
    "SceneImageBase64": "c2NlbmU=",
    "SrcID": "600100000445030222",
    "FrameIndex": 2066,
    "AnalyzeEvents": [{
      "ImageBase64": "Y3JvcA==",
      "Type": 16,
      "Box": {"LeftTopX": 306, "LeftTopY": 693, "RightBtmX": 412, "RightBtmY": 735},
      "Extend": {"VehicleLicense": "鲁BD20999"}
    }],
    "AlarmID": "task:0:7:9"
  }])"));
}

TEST(RenderReport, NumbersAreIntegersHoweverLarge) {
  auto alarm = an_alarm();
  constexpr auto kMost = std::numeric_limits<std::int32_t>::max();
  alarm.frame_index = std::numeric_limits<std::int64_t>::max();
  alarm.events[0].box = {kMost, kMost, kMost, kMost};
  const auto report = json::parse(render_report(alarm))[0];
  EXPECT_TRUE(report["FrameIndex"].is_number_integer());
  EXPECT_EQ(report["AnalyzeEvents"][0]["Box"]["RightBtmX"], 2 * std::int64_t{kMost});
}

TEST(RenderReport, ExtendIsAlwaysAnObject) {
  auto alarm = an_alarm();
  for (const auto* text : {"", "[1]", "\"x\"", "null", "{broken"}) {
    alarm.events[0].extend_json = text;
    EXPECT_EQ(json::parse(render_report(alarm))[0]["AnalyzeEvents"][0]["Extend"], json::object()) << text;
  }
}

TEST(RenderReport, BytesThatAreNotTextDoNotSpoilTheRest) {
  auto alarm = an_alarm();
  alarm.src_id = "caf\xe9\n\"";
  EXPECT_EQ(json::parse(render_report(alarm))[0]["SrcID"], "caf\xef\xbf\xbd\n\"");
}

TEST(RenderReport, SaysWhenThePictureWasLost) {
  auto alarm = an_alarm();
  alarm.picture_lost = true;
  EXPECT_EQ(json::parse(render_report(alarm))[0]["PictureLost"], true);
}

}  // namespace
}  // namespace stream::reporter
