#include "stream/manifest/cases.hpp"

#include <gtest/gtest.h>

#include "sample_tree.hpp"

namespace stream::manifest {
namespace {

using nlohmann::json;

class Cases : public ::testing::Test {
 protected:
  Cases() {
    task_ =
        json::parse(R"({"TaskID": "one", "InputSrc": {"SrcID": "cam", "StreamSrc": {"Address": "rtsp://c/1"}},
      "Algorithm": [{"Type": 3}], "Reporting": {"ReportUrlList": ["http://127.0.0.1:9/upload"]}})");
    frames_ = json::parse(R"([{"frame_id": 7, "width": 640, "track_ids": [5],
      "detections": [{"box": {"x": 1, "y": 2, "width": 3, "height": 4}, "class_id": 2, "score": 0.5}],
      "poses": [{"keypoints": [1, 2, 0.5]}], "faces": [{"points_x": [1.5]}]}])");
    expected_ =
        json::parse(R"([{"frame": 7, "events": [{"key": "5", "box": [1, 2, 4, 6]}, {"extend": {"a": 1}}]}])");
  }

  Result<std::vector<Case>> read() {
    tree_.write_json(folder() / "task.json", task_);
    tree_.write_json(folder() / "frames.json", frames_);
    tree_.write_json(folder() / "expected.json", expected_);
    return read_cases(tree_.root() / "a");
  }
  std::string failure() {
    const auto cases = read();
    return cases ? "read" : cases.error().message;
  }
  std::filesystem::path folder() const { return tree_.root() / "a/cases/one"; }

  test::SampleTree tree_;
  json task_, frames_, expected_;
};

TEST_F(Cases, AreReadWhole) {
  const auto cases = read();
  ASSERT_TRUE(cases) << cases.error().message;
  ASSERT_EQ(cases->size(), 1U);
  const Case& one = cases->front();
  EXPECT_EQ(one.name, "one");
  EXPECT_EQ(one.task, task_);
  FrameMeta frame;
  frame.frame_id = 7;
  frame.width = 640;
  frame.track_ids = {5};
  frame.detections = {{{1, 2, 3, 4}, 2, "", 0.5F}};
  frame.poses = {{{1, 2, 0.5F}}};
  frame.faces = {{{}, 0, {1.5F}, {}}};
  EXPECT_EQ(one.frames, std::vector<FrameMeta>{frame});
  EXPECT_EQ(one.expected,
            (std::vector<ExpectedAlarm>{{7, {{"5", {{1, 2, 4, 6}}, {}}, {{}, {}, {{{"a", 1}}}}}}}));
}

TEST_F(Cases, MistakesNameFileAndPlace) {
  const auto named = [&](const std::string& file, const std::string& place) {
    const std::string said = failure();
    EXPECT_TRUE(said.starts_with((folder() / file).string() + ": " + place)) << said;
  };
  frames_[0]["detections"][0]["calss_id"] = 1;
  named("frames.json", "/0/detections/0/calss_id: found an unknown member");
  frames_[0]["detections"][0].erase("calss_id");
  frames_[0]["width"] = "640";
  named("frames.json", "/0/width: found \"640\", expected an integer");
  frames_[0]["width"] = 640;
  expected_[0]["events"][0]["box"] = {1, 2, 3};
  named("expected.json", "/0/events/0/box: found an array, expected left, top, right and bottom");
  expected_ = json::array();
  task_["Algorithm"].push_back({{"Type", 4}});
  named("task.json", "/Algorithm: found 2 entries, expected one");
  task_["Algorithm"] = 5;
  named("task.json", "/Algorithm: found 5");
}

TEST_F(Cases, WithoutAnyThereAreNone) {
  EXPECT_TRUE(read_cases(tree_.root() / "nothing")->empty());
}

TEST(Differences, OnlyWhatIsExpectedIsCompared) {
  const std::vector<ExpectedAlarm> decided = {{3, {{"5", {{1, 2, 3, 4}}, {{{"a", 1}}}}}}};
  EXPECT_TRUE(differences({{3, {{}}}}, decided).empty());
  EXPECT_TRUE(differences({{3, {{"5", {}, {}}}}}, decided).empty());
  EXPECT_EQ(differences({{4, {{}}}}, decided).size(), 1U);
  EXPECT_EQ(differences({{3, {{"6", {}, {}}}}}, decided).size(), 1U);
  EXPECT_EQ(differences({{3, {}}}, decided).size(), 1U);
  EXPECT_EQ(
      differences({}, decided),
      std::vector<std::string>{
          R"(alarm 1: found {"events":[{"box":[1,2,3,4],"extend":{"a":1},"key":"5"}],"frame":3}, expected none)"});
  EXPECT_EQ(differences({{3, {{}}}, {9, {}}}, decided).size(), 1U);
}

}  // namespace
}  // namespace stream::manifest
