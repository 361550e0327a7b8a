#include "tap_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/common/base64.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string jpeg(int width, int height) {
  const auto size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  return picture::encode_jpeg({{width, height}, std::vector<std::uint8_t>(size)}).value();
}

template <class Message>
TapMessage shown(const std::string& topic, const Message& message) {
  auto result = read_message(topic, encode(message));
  EXPECT_TRUE(result) << result.error().message;
  return result.value_or(TapMessage{});
}

FrameMeta frame() {
  FrameMeta meta;
  meta.task_id = "cam1";
  meta.frame_id = 2066;
  meta.width = 1920;
  meta.height = 1080;
  meta.body_bytes = 394'000;
  meta.ref = {"127.0.0.1:10001", 7, 42};
  meta.detections = {{{1, 2, 3, 4}, 0, "car", 0.93F}, {{5, 6, 7, 8}, 2, "", 0.5F}};
  meta.track_ids = {12, 13};
  meta.sub_objects = {{"鲁BD20999", true}, {}};
  return meta;
}

TEST(TapMessage, FrameIsOneLineWithItsObjects) {
  const TapMessage message = shown(topics::frame("cam1", 0), frame());
  EXPECT_THAT(message.text,
              HasSubstr("cam1/0 #2066 1920x1080 394 kB: car#12 [鲁BD20999] 0.93, class 2#13 0.50"));
  EXPECT_EQ(message.scene, frame().ref);
  EXPECT_EQ(message.scene_name, "frame-cam1-0-2066");
  EXPECT_EQ(message.json["frame_id"], 2066);
}

TEST(TapMessage, ListsThatAreNotEquallyLongAreNotPaired) {
  FrameMeta meta = frame();
  meta.track_ids = {12};
  meta.sub_objects.clear();
  EXPECT_THAT(shown(topics::frame("cam1", 0), meta).text, HasSubstr(": car 0.93, class 2 0.50"));
}

TEST(TapMessage, ManyObjectsAreCounted) {
  FrameMeta meta = frame();
  meta.detections.assign(20, meta.detections[0]);
  EXPECT_THAT(shown(topics::frame("cam1", 0), meta).text, HasSubstr("and 12 more"));
}

TEST(TapMessage, AlarmShowsPicturesAsSizesAndHandsThemOver) {
  Alarm alarm;
  alarm.task_id = "../esc";
  alarm.frame_index = 9;
  alarm.scene = jpeg(64, 48);
  alarm.events = {{3, {1, 2, 30, 40}, jpeg(16, 16), R"({"VehicleLicense":"A1"})", "A1"}};
  const TapMessage message = shown(topics::alarm("../esc", 0), alarm);
  EXPECT_THAT(message.text, HasSubstr("<jpeg 64x48 "));
  EXPECT_THAT(message.text,
              HasSubstr("type 3 object A1 at 1,2 30x40 {\"VehicleLicense\":\"A1\"} <jpeg 16x16 "));
  ASSERT_EQ(message.pictures.size(), 2U);
  EXPECT_EQ(message.pictures[0].jpeg, alarm.scene);
  EXPECT_THAT(message.pictures[1].name, Not(HasSubstr("/")));
  EXPECT_THAT(message.json.dump(), HasSubstr("<jpeg 64x48 "));
}

TEST(TapMessage, EventsAndReportsHideSecretsAndControlCharacters) {
  TaskEvent event;
  event.task_id = "cam1";
  event.kind = "stream_error";
  event.text = "rtsp://admin:geheim@cam\n\x1b[2J";
  const TapMessage message = shown(topics::event("cam1"), event);
  EXPECT_THAT(message.text, HasSubstr("stream_error: rtsp://admin:***@cam"));
  EXPECT_THAT(message.text, Not(HasSubstr("\n")));
  EXPECT_THAT(message.text, Not(HasSubstr("\x1b")));

  SystemEvent system;
  system.kind = "receiver_up";
  system.severity = "info";
  system.subject = "http://user:geheim@host/";
  system.text = "answers again\n\x1b[2J";
  system.node = "reporter-1";
  system.flaps = 3;
  const auto shown_system = shown(std::string(topics::kSystemEvent), system).text;
  EXPECT_THAT(shown_system, HasSubstr("system info receiver_up http://user:***@host/: answers again"));
  EXPECT_THAT(shown_system, HasSubstr("says reporter-1, 3 flaps)"));
  EXPECT_THAT(shown_system, Not(HasSubstr("\x1b")));

  ReportResult result;
  result.task_id = "cam1";
  result.outcome = "delivered";
  result.status = 200;
  result.duration_ms = 13;
  EXPECT_THAT(shown(topics::report("cam1"), result).text,
              HasSubstr("delivered status 200 attempt 1 in 13 ms"));
}

TEST(TapMessage, BodyShowsPicturesAsSizes) {
  const nlohmann::json body{
      {"mFrame", {{"mFrameId", 5}, {"mSpData", base64_encode(jpeg(64, 48))}}},
      {"mSubObjectMetadatas", {{{"mFrame", {{"mSpData", base64_encode(jpeg(32, 16))}}}}}},
      {"note", std::string(500, 'x')}};
  const auto message = read_message(topics::body("cam1", 1), body.dump());
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_THAT(message->text, HasSubstr("cam1/1 #5 "));
  EXPECT_THAT(message->json["mFrame"]["mSpData"].get<std::string>(), HasSubstr("<jpeg 64x48 "));
  EXPECT_EQ(message->json["note"], std::string(500, 'x'));
  ASSERT_EQ(message->pictures.size(), 2U);
  EXPECT_EQ(message->pictures[0].name, "body-cam1-1-5-0");
  EXPECT_EQ(message->pictures[0].jpeg, jpeg(64, 48));
}

TEST(TapMessage, RubbishIsAnErrorThatNamesTheTopic) {
  for (const std::string& topic :
       {topics::frame("t", 0), topics::body("t", 0), topics::alarm("t", 0), topics::event("t"),
        topics::report("t"), std::string("other/t/"), std::string()}) {
    for (const std::string payload : {"", "{", "\x01\xff\xff", "[1,2]"}) {
      const auto message = read_message(topic, payload);
      ASSERT_FALSE(message) << topic;
      EXPECT_THAT(message.error().message, HasSubstr(topic + ": "));
    }
  }
}

}  // namespace
}  // namespace stream::cli
