// Each installed graph through the real program, playing the synthetic street and a video of it.
#include <gmock/gmock.h>

#include <algorithm>

#include <set>

#include "installation_fixture.hpp"
#include "render.hpp"
#include "stream/common/base64.hpp"
#include "stream/common/eventually.hpp"

namespace stream::sim {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class StreetRunTest : public InstallationTest {
 protected:
  // Plays `url` through the graph of `algorithm`; the messages that arrived.
  std::vector<json> messages(const std::string& algorithm, const std::string& url,
                             const json& channel_changes = json::object()) {
    connect_graph(algorithm);
    write_demo(algorithm, url, channel_changes);
    EXPECT_EQ(run(algorithm), 0) << log();
    std::vector<json> messages;
    for (const auto& body : server_.bodies()) {
      messages.push_back(json::parse(body));
      EXPECT_EQ(messages.back().dump(), body) << "not compact or not sorted";
    }
    EXPECT_THAT(messages, Not(SizeIs(0)));
    return messages;
  }

  static constexpr const char* kStreet = "/nowhere/cam.mp4?lossless=1&seconds=2&size=640x360";
};

std::string text(const nlohmann::json& value) {
  return value.get<std::string>();
}

TEST_F(StreetRunTest, MissingFileIsPlayedAsAStreetAndTheLogSaysSo) {
  const auto all = messages("yolov5", kStreet, {{"sample_interval", 5}});
  EXPECT_THAT(log(), HasSubstr("playing_a_synthetic_street"));
  std::vector<int> ids;
  for (const auto& message : all) ids.push_back(message["mFrame"]["mFrameId"]);
  EXPECT_THAT(ids, ElementsAre(0, 5, 10, 15, 20, 25, 30, 35, 40, 45));
}

TEST_F(StreetRunTest, DetectorGivesBoxesOfPeopleAndCarsInThePicture) {
  std::set<int> classes;
  for (const auto& message : messages("yolov5", kStreet, {{"sample_interval", 5}})) {
    const auto jpeg = base64_decode(text(message["mFrame"]["mSpData"]));
    ASSERT_TRUE(jpeg);
    EXPECT_EQ(*picture::inspect_jpeg(*jpeg), (picture::Size{640, 360}));
    EXPECT_EQ(message["mFrame"]["mWidth"], 640);
    EXPECT_GT(message["mFrame"]["mTimestamp"], 1'600'000'000'000'000);
    EXPECT_FALSE(message.contains("mTrackedObjectMetadatas"));
    EXPECT_FALSE(message.contains("mSubObjectMetadatas"));
    for (const auto& detection : message.value("mDetectedObjectMetadatas", json::array())) {
      classes.insert(detection["mClassify"].get<int>());
      const auto& box = detection["mBox"];
      EXPECT_GE(box["mX"], 0);
      EXPECT_LE(box["mX"].get<int>() + box["mWidth"].get<int>(), 640);
      EXPECT_LE(box["mY"].get<int>() + box["mHeight"].get<int>(), 360);
    }
  }
  EXPECT_THAT(classes, ElementsAre(0, 2));
}

TEST_F(StreetRunTest, PlateReaderGivesACropAndALabelForEachPlate) {
  std::set<std::string> labels;
  for (const auto& message : messages("license_plate_recognition", kStreet, {{"sample_interval", 5}})) {
    const auto detections = message.value("mDetectedObjectMetadatas", json::array());
    const auto plates = message.value("mSubObjectMetadatas", json::array());
    ASSERT_EQ(detections.size(), plates.size());
    for (std::size_t i = 0; i < plates.size(); ++i) {
      EXPECT_EQ(detections[i]["mClassify"], 0);
      const auto jpeg = base64_decode(text(plates[i]["mFrame"]["mSpData"]));
      ASSERT_TRUE(jpeg);
      EXPECT_EQ(picture::inspect_jpeg(*jpeg)->width, detections[i]["mBox"]["mWidth"]);
      labels.insert(text(plates[i]["mRecognizedObjectMetadatas"][0]["mLabelName"]));
    }
  }
  EXPECT_GE(labels.size(), 2U);
}

TEST_F(StreetRunTest, TrackerGivesAnIdForEachPerson) {
  std::set<int> ids;
  std::size_t people = 0;
  for (const auto& message : messages("tripwire", kStreet, {{"sample_interval", 5}})) {
    EXPECT_EQ(message["mDetectedObjectMetadatas"].size(), message["mTrackedObjectMetadatas"].size());
    for (const auto& track : message["mTrackedObjectMetadatas"]) ids.insert(track["mTrackId"].get<int>());
    people += message["mTrackedObjectMetadatas"].size();
  }
  EXPECT_GT(ids.size(), 0U);
  EXPECT_GT(people, 3 * ids.size()) << "the same person gets a new id all the time";
}

TEST_F(StreetRunTest, PosesComeWithoutDetections) {
  std::size_t poses = 0;
  for (const auto& message : messages("openpose", kStreet, {{"sample_interval", 5}})) {
    EXPECT_FALSE(message.contains("mDetectedObjectMetadatas"));
    for (const auto& pose : message.value("mPosedObjectMetadatas", json::array())) {
      EXPECT_THAT(pose["keypoints"], SizeIs(54));
      ++poses;
    }
  }
  EXPECT_GT(poses, 0U);
}

TEST_F(StreetRunTest, FilteredFramesNeverCome) {
  // A line near the left edge of the far lane: frames without a plate on it are missing.
  const auto path = config("license_area_intrusion") / "filter.json";
  json filter = *load_json(path);
  filter["configure"]["rules"][0]["filters"][0]["areas"] =
      json::parse(R"([[{"left": 320, "top": 0}, {"left": 320, "top": 360}]])");
  write_text(path, filter.dump());
  const auto all = messages("license_area_intrusion", "/nowhere/cam.mp4?lossless=1&seconds=12&size=640x360",
                            {{"sample_interval", 5}});
  EXPECT_LT(all.size(), 60U);
  for (const auto& message : all) {
    EXPECT_EQ(message["mDetectedObjectMetadatas"].size(), message["mSubObjectMetadatas"].size());
    for (const auto& detection : message["mDetectedObjectMetadatas"]) {
      const int x = detection["mBox"]["mX"], width = detection["mBox"]["mWidth"];
      EXPECT_LE(x, 320);
      EXPECT_GE(x + width, 320);
    }
  }
}

TEST_F(StreetRunTest, RenderedVideoShowsItsCarsAndLoopsBeginAtZero) {
  const auto video = folder_.path() / "street.mp4";
  const auto rendered = render(video, {.size = {640, 360}, .fps = 25, .seed = 3}, 6);
  ASSERT_TRUE(rendered) << rendered.error().message;
  std::vector<int> ids;
  std::size_t plates = 0;
  for (const auto& message : messages("license_plate_recognition", video.string(),
                                      {{"sample_interval", 5}, {"loop_num", 2}, {"fps", -1}})) {
    ids.push_back(message["mFrame"]["mFrameId"]);
    EXPECT_EQ(message["mFrame"]["mHeight"], 360);
    plates += message.value("mSubObjectMetadatas", json::array()).size();
  }
  EXPECT_GT(plates, 10U);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 0), 2);
  EXPECT_THAT(ids, Each(AllOf(::testing::Ge(0), ::testing::Le(145))));
}

TEST_F(StreetRunTest, FileThatIsNoVideoFails) {
  const auto path = folder_.path() / "broken.mp4";
  write_text(path, "this is not a video");
  connect_graph("yolov5");
  write_demo("yolov5", path);
  EXPECT_EQ(run("yolov5"), 1);
  EXPECT_THAT(log(), HasSubstr("no frame in it"));
}

}  // namespace
}  // namespace stream::sim
