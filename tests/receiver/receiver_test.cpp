// The stand-in receiver against the table of application-web's alarm receiver.
#include "stream/receiver/receiver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "stream/common/base64.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/test/tcp_client.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::receiver {
namespace {

using nlohmann::json;

const char* const kOk = R"({"code":0,"msg":"ok"})";
const char* const kParameter = R"({"code":-1,"msg":"参数错误"})";
const char* const kPicture = R"({"code":-1,"msg":"picture save error"})";

std::string jpeg() {
  return picture::encode_jpeg({{16, 8}, std::vector<std::uint8_t>(384, 99)}).value();
}

// Only as much of a PNG as is looked at: the chunks, without meaningful data or checksums.
std::string png() {
  return std::string("\x89PNG\r\n\x1a\n", 8) + std::string("\0\0\0\2IHDR..sum.", 14) +
         std::string("\0\0\0\0IENDsum.", 12);
}

json an_alarm(const std::string& task = "task") {
  return {{"TaskID", task},
          {"SrcID", "camera"},
          {"FrameIndex", 2066},
          {"SceneImageBase64", base64_encode(jpeg())},
          {"AnalyzeEvents",
           {{{"ImageBase64", base64_encode(jpeg())},
             {"Type", 16},
             {"Box", {{"LeftTopX", 1}, {"LeftTopY", 2}, {"RightBtmX", 3}, {"RightBtmY", 4}}},
             {"Extend", {{"VehicleLicense", "鲁BD20999"}}}}}}};
}

class ReceiverTest : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(const std::filesystem::path& save_dir) {
    receiver_.reset();
    ReceiverOptions options;
    options.save_dir = save_dir;
    options.on_alarm = [this](const ReceivedAlarm& alarm) { alarms_.push_back(alarm); };
    auto started = Receiver::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    receiver_ = std::move(*started);
  }

  test::HttpAnswer post_text(const std::string& text, const std::string& path = "/api/upload") {
    return test::http_request(receiver_->port(), "POST", path, text);
  }
  // The answer's body; the status is 200 whatever is sent.
  std::string post(const json& body) {
    const auto answer = post_text(body.dump());
    EXPECT_EQ(answer.status, 200);
    return answer.body;
  }
  // An alarm with one value changed.
  std::string post_with(const std::string& pointer, const json& value) {
    auto alarm = an_alarm();
    alarm[json::json_pointer(pointer)] = value;
    return post(json::array({alarm}));
  }

  std::vector<ReceivedAlarm> alarms_;  // complete once the answer is there
  std::unique_ptr<Receiver> receiver_;
};

TEST_F(ReceiverTest, ValidAlarmIsStoredWithAllItHolds) {
  auto alarm = an_alarm("任务1");
  alarm["AlarmID"] = "id";
  EXPECT_EQ(post(json::array({alarm})), kOk);
  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_[0].number, 1U);
  EXPECT_EQ(alarms_[0].alarm_id, "id");
  EXPECT_EQ(alarms_[0].task_id, "任务1");
  EXPECT_EQ(alarms_[0].src_id, "camera");
  EXPECT_EQ(alarms_[0].frame_index, 2066);
  EXPECT_EQ(alarms_[0].scene, jpeg());
  ASSERT_EQ(alarms_[0].events.size(), 1U);
  EXPECT_EQ(alarms_[0].events[0].type, 16);
  EXPECT_EQ(alarms_[0].events[0].box, (Corners{1, 2, 3, 4}));
  EXPECT_EQ(alarms_[0].events[0].picture, jpeg());
  EXPECT_EQ(json::parse(alarms_[0].events[0].extend_json), json({{"VehicleLicense", "鲁BD20999"}}));
}

TEST_F(ReceiverTest, WhatIsNoArrayOfAlarmsIsAParameterError) {
  EXPECT_EQ(post(an_alarm()), kParameter);
  EXPECT_EQ(post(json::array({1})), kParameter);
  EXPECT_EQ(post_text("not JSON").body, kParameter);
  EXPECT_EQ(post_text("").body, kParameter);
  EXPECT_EQ(post_text(std::string(100'000, '[')).body, kParameter);
  EXPECT_TRUE(alarms_.empty());
}

TEST_F(ReceiverTest, AlarmWithoutEventsIsAParameterError) {
  EXPECT_EQ(post_with("/AnalyzeEvents", json::array()), kParameter);
  EXPECT_EQ(post_with("/AnalyzeEvents", nullptr), kParameter);
  auto alarm = an_alarm();
  alarm.erase("AnalyzeEvents");
  EXPECT_EQ(post(json::array({alarm})), kParameter);
}

TEST_F(ReceiverTest, ValueOfTheWrongTypeIsAParameterError) {
  for (const auto* pointer : {"/FrameIndex", "/AnalyzeEvents/0/Type", "/AnalyzeEvents/0/Box/LeftTopX",
                              "/AnalyzeEvents/0/Box/RightBtmY"}) {
    EXPECT_EQ(post_with(pointer, "50"), kParameter) << pointer;
    EXPECT_EQ(post_with(pointer, 50.0), kParameter) << pointer;
    EXPECT_EQ(post_with(pointer, 50.5), kParameter) << pointer;
    EXPECT_EQ(post_with(pointer, ~std::uint64_t{0}), kParameter) << pointer;
    EXPECT_EQ(post_with(pointer, -50), kOk) << pointer;
  }
  for (const auto* pointer : {"/TaskID", "/SrcID"}) EXPECT_EQ(post_with(pointer, 7), kParameter) << pointer;
  EXPECT_EQ(post_with("/AnalyzeEvents/0/Extend", json::array()), kParameter);
}

TEST_F(ReceiverTest, SceneThatIsNoWholePictureIsAPictureError) {
  const auto good = base64_encode(jpeg());
  const auto scenes = {std::string(),                                       // empty
                       std::string("%%%"),                                  // no base64
                       "data:image/jpeg;base64," + good,                    // data URI
                       base64_encode("no picture"),                         // neither JPEG nor PNG
                       base64_encode(jpeg().substr(0, jpeg().size() / 2)),  // truncated
                       base64_encode(png().substr(0, png().size() - 1)),
                       base64_encode("x").substr(0, 2),  // unpadded
                       std::string("_-__")};             // the URL-safe alphabet
  for (const auto& scene : scenes) EXPECT_EQ(post_with("/SceneImageBase64", scene), kPicture) << scene;
  auto alarm = an_alarm();
  alarm.erase("SceneImageBase64");
  EXPECT_EQ(post(json::array({alarm})), kPicture);
  EXPECT_TRUE(alarms_.empty());
}

TEST_F(ReceiverTest, PngIsAPictureToo) {
  EXPECT_EQ(post_with("/SceneImageBase64", base64_encode(png())), kOk);
}

TEST_F(ReceiverTest, EventWithABadPictureIsSilentlyThrownAway) {
  auto alarm = an_alarm();
  auto bad = alarm["AnalyzeEvents"][0];
  bad["ImageBase64"] = "bad";
  auto missing = bad;
  missing.erase("ImageBase64");
  alarm["AnalyzeEvents"].push_back(bad);
  alarm["AnalyzeEvents"].push_back(missing);
  EXPECT_EQ(post(json::array({alarm})), kOk);
  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_[0].events.size(), 1U);
  EXPECT_EQ(alarms_[0].dropped_events, 2U);
}

TEST_F(ReceiverTest, GoodAlarmBeforeABadOneStaysStored) {
  auto bad = an_alarm("bad");
  bad["SceneImageBase64"] = "";
  EXPECT_EQ(post(json::array({an_alarm("good"), bad, an_alarm("after")})), kPicture);
  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_[0].task_id, "good");
}

TEST_F(ReceiverTest, SameAlarmTwiceIsStoredTwice) {
  EXPECT_EQ(post(json::array({an_alarm()})), kOk);
  EXPECT_EQ(post(json::array({an_alarm()})), kOk);
  ASSERT_EQ(alarms_.size(), 2U);
  EXPECT_EQ(alarms_[1].number, 2U);
}

TEST_F(ReceiverTest, LargeAlarmIsTaken) {
  auto alarm = an_alarm();
  alarm["AnalyzeEvents"][0]["Extend"]["text"] = std::string(26 << 20, 'x');
  EXPECT_EQ(post(json::array({alarm})), kOk);
}

TEST_F(ReceiverTest, OtherPathsLeadToAPageThatLooksLikeSuccess) {
  const auto moved = post_text("[]", "/api/uplaod");
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(moved.headers.at("location"), "/");
  const auto page = test::http_request(receiver_->port(), "GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.headers.at("content-type"), ::testing::StartsWith("text/html"));
}

TEST_F(ReceiverTest, SavesTheAlarmAndThePicturesItNames) {
  const test::TemporaryFolder folder;
  start(folder.path() / "made");
  EXPECT_EQ(post(json::array({an_alarm("任务1")})), kOk);
  EXPECT_EQ(post_with("/SceneImageBase64", base64_encode(png())), kOk);

  const auto read = [&](const std::string& name) {
    std::ifstream file(folder.path() / "made" / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto saved = json::parse(read("1.json"));
  EXPECT_EQ(saved["TaskID"], "任务1");
  EXPECT_EQ(saved["AnalyzeEvents"][0]["Extend"]["VehicleLicense"], "鲁BD20999");
  EXPECT_EQ(read(saved["SceneImage"]), jpeg());
  EXPECT_EQ(read(saved["AnalyzeEvents"][0]["Image"]), jpeg());
  EXPECT_EQ(json::parse(read("2.json"))["SceneImage"], "2.png");
}

TEST_F(ReceiverTest, NumbersGoOnWhereTheFolderEnds) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "41.json") << "{}";
  std::ofstream(folder.path() / "notes.json") << "{}";
  start(folder.path());
  EXPECT_EQ(post(json::array({an_alarm()})), kOk);
  EXPECT_EQ(alarms_.at(0).number, 42U);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "42.json"));
}

TEST_F(ReceiverTest, AlarmThatCannotBeSavedIsAPictureError) {
  const test::TemporaryFolder folder;
  start(folder.path() / "gone");
  std::filesystem::remove(folder.path() / "gone");
  EXPECT_EQ(post(json::array({an_alarm()})), kPicture);
  EXPECT_TRUE(alarms_.empty());
}

TEST(Receiver, FolderThatCannotBeMadeIsSaidAtTheStart) {
  ReceiverOptions options;
  options.save_dir = "/proc/none";
  const auto started = Receiver::start(std::move(options));
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, ::testing::HasSubstr("/proc/none"));
}

TEST(Describe, IsOneLineWhateverTheSenderWrote) {
  ReceivedAlarm alarm;
  alarm.number = 3;
  alarm.task_id = "a\nb";
  alarm.src_id = "camera";
  alarm.frame_index = 9;
  alarm.dropped_events = 1;
  alarm.events.push_back({16, {1, 2, 3, 4}, R"({"VehicleLicense":"鲁BD20999"})", ""});
  EXPECT_EQ(describe(alarm),
            "alarm 3: task a\\nb, source camera, frame 9; type 16 at (1,2)-(3,4) "
            "{\"VehicleLicense\":\"鲁BD20999\"}; "
            "1 without a good picture thrown away");
}

}  // namespace
}  // namespace stream::receiver
