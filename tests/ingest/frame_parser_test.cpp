#include "frame_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bodies.hpp"

namespace stream::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FrameParserTest : public testing::Test {
 protected:
  FrameMeta meta(const std::string& body) {
    auto outcome = parser.parse(body);
    if (const auto* failure = std::get_if<ParseFailure>(&outcome)) ADD_FAILURE() << failure->message;
    const auto* meta = std::get_if<FrameMeta>(&outcome);
    return meta != nullptr ? *meta : FrameMeta{};
  }
  ParseFailure failure(const std::string& body) {
    auto outcome = parser.parse(body);
    const auto* failure = std::get_if<ParseFailure>(&outcome);
    if (failure == nullptr) ADD_FAILURE() << "taken: " << body;
    return failure != nullptr ? *failure : ParseFailure{};
  }

  FrameParser parser;
};

TEST_F(FrameParserTest, EverythingOfAPlateFrameArrives) {
  const std::string body = plate_body(240);
  FrameMeta expected;
  expected.channel = 5;
  expected.frame_id = 240;
  expected.timestamp_us = 1721992927587403;
  expected.width = 1920;
  expected.height = 1080;
  expected.body_bytes = static_cast<std::uint32_t>(body.size());
  expected.detections = {{{1600, 285, 75, 30}, 2, "", 0.75F}, {{-4, 152, 30, 16}, 0, "", 0}};
  expected.sub_objects = {{"渝EJ4G04", true}, {"", false}};
  EXPECT_EQ(meta(body), expected);
}

TEST_F(FrameParserTest, UnequalListsStayAsTheyCame) {
  const FrameMeta tripwire = meta(tripwire_body());
  EXPECT_EQ(tripwire.detections.size(), 1U);
  EXPECT_THAT(tripwire.track_ids, ElementsAre(4, 5));
  EXPECT_EQ(tripwire.timestamp_us, 0);
}

TEST_F(FrameParserTest, OldestReleaseHasLabelsAndNoSize) {
  const FrameMeta old = meta(legal_bodies()[4].second);
  EXPECT_EQ(old.detections.at(0).label, "car");
  EXPECT_EQ(old.width, 0);
  EXPECT_EQ(old.height, 0);
}

TEST_F(FrameParserTest, PosesAndFacesArrive) {
  const FrameMeta poses = meta(legal_bodies()[5].second);
  ASSERT_EQ(poses.poses.size(), 2U);
  EXPECT_THAT(poses.poses[0].keypoints, ElementsAre(1.5F, 2, 0.25F, 0, 0, 0));
  EXPECT_TRUE(poses.poses[1].keypoints.empty());
  const FrameMeta faces = meta(legal_bodies()[6].second);
  ASSERT_EQ(faces.faces.size(), 1U);
  EXPECT_EQ(faces.faces[0], (Face{{164, 78, 235, 235}, 0.99F, {1.5F, 2}, {3, 4.5F}}));
}

TEST_F(FrameParserTest, EveryLegalShapeIsTaken) {
  for (const auto& [name, body] : legal_bodies()) {
    EXPECT_TRUE(std::holds_alternative<FrameMeta>(parser.parse(body))) << name;
  }
}

TEST_F(FrameParserTest, StatusReportIsNoFrame) {
  const auto outcome = parser.parse(R"({"error":"STREAM_OPEN_FAILED"})");
  ASSERT_TRUE(std::holds_alternative<StatusReport>(outcome));
  EXPECT_EQ(std::get<StatusReport>(outcome).error, "STREAM_OPEN_FAILED");
}

TEST_F(FrameParserTest, FailuresSayWhereWhatAndWhatWasExpected) {
  const auto frame = [](std::string_view rest) {
    return fmt::format(R"({{"mFrame":{{"mFrameId":1}},{}}})", rest);
  };
  const std::vector<std::tuple<std::string, Defect, std::string>> cases = {
      {"", Defect::kNotJson, "not JSON"},
      {"nonsense", Defect::kNotJson, "not JSON"},
      {R"({"mFrame":{"mFrameId":1})", Defect::kNotJson, "not JSON"},
      {R"({"mFrame":{"mFrameId":1}}})", Defect::kNotJson, "not JSON"},
      {R"({"mFrame":{"mFrameId":1,"mSpData":"AAAA)", Defect::kNotJson, "not JSON"},
      {frame(R"("mFps":nul)"), Defect::kNotJson, "not JSON"},
      {frame("\"mLabel\":\"\xff\""), Defect::kNotJson, "not JSON"},
      {frame("\"mSpData\":\"AA\nAA\""), Defect::kNotJson, "not JSON"},
      {frame(R"("x":)" + std::string(100, '[') + std::string(100, ']')), Defect::kTooDeep,
       "nested more than 32 deep"},
      {std::string(1'000'000, '[') + std::string(1'000'000, ']'), Defect::kTooDeep,
       "nested more than 32 deep"},
      {"[]", Defect::kWrongType, "found an array, expected an object"},
      {"7", Defect::kWrongType, "found an integer, expected an object"},
      {"{}", Defect::kNoFrame, "mFrame is missing"},
      {R"({"error":5})", Defect::kNoFrame, "mFrame is missing"},
      {R"({"mFrame":null})", Defect::kWrongType, "/mFrame: found null, expected an object"},
      {R"({"mFrame":{}})", Defect::kWrongType, "/mFrame/mFrameId is missing"},
      {R"({"mFrame":{"mFrameId":"1"}})", Defect::kWrongType,
       "/mFrame/mFrameId: found a string, expected an integer"},
      {R"({"mFrame":{"mFrameId":1.5}})", Defect::kWrongType,
       "/mFrame/mFrameId: found a number with a fraction, expected an integer"},
      {R"({"mFrame":{"mFrameId":18446744073709551615}})", Defect::kWrongType,
       "/mFrame/mFrameId: found an integer too large, expected at most 64 bits"},
      {R"({"mFrame":{"mFrameId":1,"mWidth":4294967296}})", Defect::kWrongType,
       "/mFrame/mWidth: found an integer too large, expected at most 32 bits"},
      {R"({"mFrame":{"mFrameId":1,"mSpData":7}})", Defect::kWrongType,
       "/mFrame/mSpData: found an integer, expected a string"},
      {R"({"mFrame":{"mFrameId":1,"mEndOfStream":0}})", Defect::kWrongType,
       "/mFrame/mEndOfStream: found an integer, expected a boolean"},
      {frame(R"("mDetectedObjectMetadatas":{})"), Defect::kWrongType,
       "/mDetectedObjectMetadatas: found an object, expected an array"},
      {frame(R"("mDetectedObjectMetadatas":["x"])"), Defect::kWrongType,
       "/mDetectedObjectMetadatas/0: found a string, expected an object"},
      {frame(R"("mDetectedObjectMetadatas":[{}])"), Defect::kWrongType,
       "/mDetectedObjectMetadatas/0/mBox is missing"},
      {frame(R"("mDetectedObjectMetadatas":[{"mBox":{"mX":1}}])"), Defect::kWrongType,
       "/mDetectedObjectMetadatas/0/mBox: expected mX, mY, mWidth and mHeight"},
      {frame(R"("mDetectedObjectMetadatas":[{"mBox":{"mX":1,"mY":[],"mWidth":1,"mHeight":1}}])"),
       Defect::kWrongType, "/mDetectedObjectMetadatas/0/mBox/mY: found an array, expected an integer"},
      {frame(
           R"("mDetectedObjectMetadatas":[{"mBox":{"mX":1,"mY":1,"mWidth":1,"mHeight":1},"mScores":[0.5,"x"]}])"),
       Defect::kWrongType, "/mDetectedObjectMetadatas/0/mScores/1: found a string, expected a number"},
      {frame(R"("mTrackedObjectMetadatas":[{"mTrackId":1},{}])"), Defect::kWrongType,
       "/mTrackedObjectMetadatas/1/mTrackId is missing"},
      {frame(R"("mSubObjectMetadatas":[{"mRecognizedObjectMetadatas":[{"mLabelName":1}]}])"),
       Defect::kWrongType,
       "/mSubObjectMetadatas/0/mRecognizedObjectMetadatas/0/mLabelName: found an integer, expected a string"},
      {frame(R"("mPosedObjectMetadatas":[{"keypoints":[1e300]}])"), Defect::kWrongType,
       "/mPosedObjectMetadatas/0/keypoints/0: found 1e+300, which is no float"},
      {frame(R"("mFaceObjectMetadata":[{"left":-2147483648,"right":2147483647}])"), Defect::kWrongType,
       "/mFaceObjectMetadata/0: the box is too large"},
      {frame(R"("mFaceObjectMetadata":[true])"), Defect::kWrongType,
       "/mFaceObjectMetadata/0: found a boolean, expected an object"},
  };
  for (const auto& [body, defect, message] : cases) {
    const ParseFailure found = failure(body);
    EXPECT_EQ(name_of(found.defect), name_of(defect)) << body.substr(0, 200);
    EXPECT_THAT(found.message, HasSubstr(message)) << body.substr(0, 200);
  }
}

TEST_F(FrameParserTest, TooManyElementsAreRefused) {
  std::string body = R"({"mFrame":{"mFrameId":1},"mTrackedObjectMetadatas":[{"mTrackId":0})";
  for (int i = 0; i < 10'000; ++i) body += R"(,{"mTrackId":0})";
  EXPECT_EQ(failure(body + "]}").defect, Defect::kTooMany);
}

TEST_F(FrameParserTest, GoesOnAfterBodiesOfAnySize) {
  const std::string label = R"({"mFrame":{"mFrameId":2},"mLabel":")" + std::string(3'000'000, 'x') + "\"}";
  EXPECT_EQ(meta(label).frame_id, 2);
  EXPECT_EQ(meta(plate_body()).frame_id, 240);
}

TEST_F(FrameParserTest, PicturesAreFoundInTheBody) {
  const std::string body = plate_body();
  EXPECT_EQ(parser.picture(body, std::nullopt).value(), base64_encode(scene_bytes()));
  EXPECT_EQ(parser.picture(body, 0).value(), base64_encode("first crop"));
  for (const std::size_t none : {std::size_t{1}, std::size_t{2}}) {
    const auto absent = parser.picture(body, none);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  }
}

TEST_F(FrameParserTest, PicturesWithEscapesAndSpacesAreFoundToo) {
  // No serializer we know writes them so; JSON allows it.
  EXPECT_EQ(parser.picture(R"({ "mFrame" : { "mFrameId" : 1, "mSpData" : "AA\/A" } })", std::nullopt).value(),
            "AA/A");
  EXPECT_EQ(parser.picture(R"({"mFrame":{"mFrameId":1,"mSpData":"AA\/A"}})", std::nullopt).value(), "AA/A");
}

}  // namespace
}  // namespace stream::ingest
