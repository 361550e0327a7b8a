// Every recorded message is understood, and says what a slow and simple reading of it says.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "frame_parser.hpp"
#include "stream/test/shared_data.hpp"

namespace stream::ingest {
namespace {

using nlohmann::json;

std::size_t count(const json& body, const char* list) {
  return body.contains(list) ? body[list].size() : 0;
}

void expect_same(const FrameMeta& meta, const json& body) {
  const json& frame = body["mFrame"];
  EXPECT_EQ(meta.frame_id, frame["mFrameId"].get<std::int64_t>());
  EXPECT_EQ(meta.channel, frame["mChannelId"].get<int>());
  EXPECT_EQ(meta.timestamp_us, frame["mTimestamp"].get<std::int64_t>());
  EXPECT_EQ(meta.width, frame["mWidth"].get<int>());
  EXPECT_EQ(meta.height, frame["mHeight"].get<int>());
  ASSERT_EQ(meta.detections.size(), count(body, "mDetectedObjectMetadatas"));
  for (std::size_t i = 0; i < meta.detections.size(); ++i) {
    const json& detected = body["mDetectedObjectMetadatas"][i];
    const json& box = detected["mBox"];
    EXPECT_EQ(meta.detections[i].box, (Box{box["mX"].get<int>(), box["mY"].get<int>(),
                                           box["mWidth"].get<int>(), box["mHeight"].get<int>()}));
    EXPECT_EQ(meta.detections[i].class_id, detected["mClassify"].get<int>());
    EXPECT_EQ(meta.detections[i].score, detected["mScores"][0].get<float>());
  }
  ASSERT_EQ(meta.track_ids.size(), count(body, "mTrackedObjectMetadatas"));
  for (std::size_t i = 0; i < meta.track_ids.size(); ++i) {
    EXPECT_EQ(meta.track_ids[i], body["mTrackedObjectMetadatas"][i]["mTrackId"].get<std::int64_t>());
  }
  ASSERT_EQ(meta.sub_objects.size(), count(body, "mSubObjectMetadatas"));
  for (std::size_t i = 0; i < meta.sub_objects.size(); ++i) {
    const json& sub = body["mSubObjectMetadatas"][i];
    const bool recognised = count(sub, "mRecognizedObjectMetadatas") > 0;
    EXPECT_EQ(meta.sub_objects[i].label,
              recognised ? sub["mRecognizedObjectMetadatas"][0]["mLabelName"].get<std::string>() : "");
  }
  ASSERT_EQ(meta.poses.size(), count(body, "mPosedObjectMetadatas"));
  for (std::size_t i = 0; i < meta.poses.size(); ++i) {
    EXPECT_EQ(meta.poses[i].keypoints,
              body["mPosedObjectMetadatas"][i]["keypoints"].get<std::vector<float>>());
  }
  ASSERT_EQ(meta.faces.size(), count(body, "mFaceObjectMetadata"));
}

TEST(FrameParserCorpus, EveryRecordedMessageIsRead) {
  const auto frames = test::assembled_frames();
  if (!frames) GTEST_SKIP() << frames.error().message;
  FrameParser parser;
  int messages = 0, reports = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*frames)) {
    if (entry.path().extension() != ".ndjson") continue;
    std::ifstream file(entry.path());
    for (std::string body; std::getline(file, body); ++messages) {
      const auto outcome = parser.parse(body);
      if (std::holds_alternative<StatusReport>(outcome)) {
        ++reports;
        continue;
      }
      ASSERT_TRUE(std::holds_alternative<FrameMeta>(outcome))
          << entry.path() << ": " << std::get<ParseFailure>(outcome).message;
      const auto picture = parser.picture(body, std::nullopt);
      ASSERT_TRUE(picture) << picture.error().message;
      ASSERT_TRUE(picture->starts_with("/9j/")) << "base64 of a JPEG's first bytes";
      // The second opinion takes far longer than the parser: every 20th.
      if (messages % 20 == 0) expect_same(std::get<FrameMeta>(outcome), json::parse(body));
      if (HasFailure()) FAIL() << entry.path() << ", message " << messages;
    }
  }
  EXPECT_GT(messages, 4000);
  EXPECT_GT(reports, 0);
}

}  // namespace
}  // namespace stream::ingest
