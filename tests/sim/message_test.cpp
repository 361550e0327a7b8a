#include "message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "stream/common/base64.hpp"

namespace stream::sim {
namespace {

using nlohmann::json;

picture::Image grey(picture::Size size) {
  picture::Image image{size, {}};
  image.rgb.assign(
      std::size_t{3} * static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height), 128);
  return image;
}

json write(const Objects& objects, std::uint64_t garbage_seed = 1) {
  std::mt19937_64 garbage(garbage_seed);
  const auto body = write_message({.channel_id = 3, .graph_id = 0, .frame_id = 9, .timestamp_us = 17},
                                  objects, grey({64, 48}), garbage);
  EXPECT_TRUE(body) << body.error().message;
  auto message = json::parse(body.value_or("null"));
  EXPECT_EQ(message.dump(), *body) << "not compact or not sorted";
  return message;
}

std::set<std::string> keys(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

TEST(Message, EmptyListsAreAbsentKeys) {
  const auto message = write({});
  EXPECT_EQ(keys(message), (std::set<std::string>{"mFps", "mFrame", "mGraphId", "mSubId"}));
  EXPECT_EQ(keys(message["mFrame"]), (std::set<std::string>{"mChannelId", "mEndOfStream", "mFrameId",
                                                            "mHeight", "mSpData", "mTimestamp", "mWidth"}));
  EXPECT_EQ(message["mFrame"]["mFrameId"], 9);
  EXPECT_EQ(message["mFrame"]["mTimestamp"], 17);
}

TEST(Message, ListsAreWrittenAsSophonStreamDoes) {
  Objects objects;
  objects.detections = {{{1, 2, 30, 10}, 2, 0.5F}};
  objects.track_ids = {7};
  objects.plates = {{"京A12345", {1, 2, 30, 10}}};
  objects.poses = {{1, 2, 0.5F}};
  objects.faces = {{{5, 6, 7, 8}, 0.5F, {1}, {2}}};
  const auto message = write(objects);
  EXPECT_EQ(
      message["mDetectedObjectMetadatas"],
      json::parse(R"([{"mBox":{"mHeight":10,"mWidth":30,"mX":1,"mY":2},"mClassify":2,"mScores":[0.5]}])"));
  EXPECT_EQ(message["mTrackedObjectMetadatas"], json::parse(R"([{"mTrackId":7}])"));
  EXPECT_EQ(message["mPosedObjectMetadatas"], json::parse(R"([{"keypoints":[1,2,0.5]}])"));
  EXPECT_EQ(message["mFaceObjectMetadata"],
            json::parse(
                R"([{"top":6,"left":5,"bottom":14,"right":12,"score":0.5,"points_x":[1],"points_y":[2]}])"));
  const auto& plate = message["mSubObjectMetadatas"][0];
  EXPECT_EQ(plate["mRecognizedObjectMetadatas"],
            json::parse(R"([{"mLabelName":"京A12345","mScores":[],"mTopKLabels":[]}])"));
  const auto crop = base64_decode(plate["mFrame"]["mSpData"].get<std::string>());
  ASSERT_TRUE(crop);
  EXPECT_EQ(*picture::inspect_jpeg(*crop), (picture::Size{30, 10}));
}

TEST(Message, CropIsClippedToThePicture) {
  Objects objects;
  objects.plates = {{"x", {60, 40, 30, 30}}};
  const auto message = write(objects);
  const auto crop = base64_decode(message["mSubObjectMetadatas"][0]["mFrame"]["mSpData"].get<std::string>());
  EXPECT_EQ(*picture::inspect_jpeg(*crop), (picture::Size{4, 8}));
}

TEST(Message, UninitialisedMembersAreAnything) {
  bool null = false, zero = false, other = false;
  std::set<int> sub_ids;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto message = write({}, seed);
    null = null || message["mFps"].is_null();
    zero = zero || message["mFps"] == 0.0;
    other = other || (message["mFps"].is_number() && message["mFps"] != 0.0);
    sub_ids.insert(message["mSubId"].get<int>());
  }
  EXPECT_TRUE(null && zero && other);
  EXPECT_GT(sub_ids.size(), 10U);
}

}  // namespace
}  // namespace stream::sim
