// The cases that the shipped algorithms bring along give exactly what they expect.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "stream/decision/case_run.hpp"

namespace stream::decision {
namespace {

namespace fs = std::filesystem;

TEST(ShippedAlgorithms, CasesGiveWhatTheyExpect) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(STREAM_SOURCE_DIR "/algorithms")) {
    const auto algorithm = manifest::read_algorithm(entry.path());
    ASSERT_TRUE(algorithm) << algorithm.error().message;
    const auto all = manifest::read_cases(entry.path());
    ASSERT_TRUE(all) << all.error().message;
    for (const manifest::Case& one : *all) {
      SCOPED_TRACE(algorithm->name + "/" + one.name);
      const auto alarms = alarms_of(*algorithm, one);
      ASSERT_TRUE(alarms) << alarms.error().message;
      EXPECT_EQ(manifest::differences(one.expected, *alarms), std::vector<std::string>());
      ++cases;
    }
  }
  EXPECT_GE(cases, 10);
}

TEST(CaseRun, SampleIntervalIsWhatTheMappingMakesOfTheTask) {
  const auto algorithm = manifest::read_algorithm(STREAM_SOURCE_DIR "/algorithms/yolov5").value();
  manifest::Case one = manifest::read_cases(STREAM_SOURCE_DIR "/algorithms/yolov5").value().at(0);
  one.task["Algorithm"][0]["DetectInterval"] = 5;
  one.task["Algorithm"][0]["Extend"] = {{"InFrames", 2}, {"OutFrames", 3}};
  FrameMeta frame;
  frame.detections.resize(1);
  // Gone for two frames at a step of 5, for three and forgotten at a step of 7.
  const auto alarms_with = [&](std::int64_t step) {
    one.frames.clear();
    for (const std::int64_t id : {std::int64_t{0}, 3 * step}) {
      frame.frame_id = id;
      one.frames.push_back(frame);
    }
    return alarms_of(algorithm, one).value().size();
  };
  EXPECT_EQ(alarms_with(5), 1U);
  EXPECT_EQ(alarms_with(6), 1U);
  EXPECT_EQ(alarms_with(7), 0U);
}

TEST(CaseRun, TaskThatTheAlgorithmCannotTakeIsAnError) {
  const auto algorithm = manifest::read_algorithm(STREAM_SOURCE_DIR "/algorithms/yolov5").value();
  manifest::Case one = manifest::read_cases(STREAM_SOURCE_DIR "/algorithms/yolov5").value().at(0);
  one.task["Algorithm"][0]["Extend"]["InFrames"] = 0;
  const auto alarms = alarms_of(algorithm, one);
  ASSERT_FALSE(alarms);
  EXPECT_NE(alarms.error().message.find("/Algorithm/0/Extend/InFrames: found 0"), std::string::npos);
}

}  // namespace
}  // namespace stream::decision
