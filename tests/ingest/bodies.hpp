// Bodies as http_push posts them: one of each shape that is legal, made small.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "stream/common/base64.hpp"

namespace stream::ingest {

inline const std::string& scene_bytes() {
  static const std::string bytes = "\xff\xd8 not a picture, but nobody looks \xff\xd9";
  return bytes;
}

// With everything that a current stream process sends for licence plates.
inline std::string plate_body(int frame_id = 240) {
  return R"({"mDetectedObjectMetadatas":[)"
         R"({"mBox":{"mHeight":30,"mWidth":75,"mX":1600,"mY":285},"mClassify":2,"mScores":[0.75,0.5]},)"
         R"({"mBox":{"mHeight":16,"mWidth":30,"mX":-4,"mY":152},"mClassify":0,"mScores":[]}],)"
         R"("mFps":0.0,"mFrame":{"mChannelId":5,"mEndOfStream":false,"mFrameId":)" +
         std::to_string(frame_id) + R"(,"mHeight":1080,"mSpData":")" + base64_encode(scene_bytes()) +
         R"(","mTimestamp":1721992927587403,"mWidth":1920},"mGraphId":0,"mSubId":0,"mSubObjectMetadatas":[)"
         R"({"mFps":0.25,"mFrame":{"mChannelId":5,"mEndOfStream":false,"mFrameId":240,"mHeight":0,"mSpData":")" +
         base64_encode("first crop") +
         R"(","mTimestamp":0,"mWidth":0},"mGraphId":-1688606718,"mRecognizedObjectMetadatas":[)"
         R"({"mLabelName":"渝EJ4G04","mScores":[0.9],"mTopKLabels":[0]}],"mSubId":1},)"
         R"({"mFps":null,"mFrame":{"mChannelId":5,"mEndOfStream":false,"mFrameId":240,"mHeight":0,"mSpData":"",)"
         R"("mTimestamp":0,"mWidth":0},"mGraphId":7,"mSubId":1}]})";
}

inline std::string tripwire_body(int frame_id = 7) {
  return R"({"mDetectedObjectMetadatas":[{"mBox":{"mHeight":9,"mWidth":8,"mX":7,"mY":6},"mClassify":0,)"
         R"("mScores":[0.5]}],"mFps":null,"mFrame":{"mChannelId":1,"mEndOfStream":false,"mFrameId":)" +
         std::to_string(frame_id) +
         R"(,"mHeight":576,"mSpData":"AAAA","mTimestamp":0,"mWidth":768},"mGraphId":0,"mSubId":2147483647,)"
         R"("mTrackedObjectMetadatas":[{"mTrackId":4},{"mTrackId":5}]})";
}

// The legal ones, by name.
inline std::vector<std::pair<std::string, std::string>> legal_bodies() {
  return {
      {"plates", plate_body()},
      {"tripwire, unequal lists, null mFps", tripwire_body()},
      {"nothing found",
       R"({"mFps":0.0,"mFrame":{"mChannelId":0,"mEndOfStream":false,"mFrameId":3,"mHeight":576,)"
       R"("mSpData":"AAAA","mTimestamp":9,"mWidth":768},"mGraphId":0,"mSubId":0})"},
      {"end of stream",
       R"({"mFps":1e38,"mFrame":{"mChannelId":0,"mEndOfStream":true,"mFrameId":4,"mHeight":0,)"
       R"("mSpData":"","mTimestamp":0,"mWidth":0},"mGraphId":0,"mSubId":-5})"},
      {"oldest release",
       R"({"mDetectedObjectMetadatas":[{"mBox":{"mHeight":1,"mWidth":2,"mX":3,"mY":4},"mClassify":1,)"
       R"("mLabelName":"car","mScores":[1]}],"mFrame":{"mChannelId":2,"mEndOfStream":false,"mFrameId":5,)"
       R"("mSpData":"AAAA","mTimestamp":6}})"},
      {"poses",
       R"({"mFrame":{"mFrameId":1},"mPosedObjectMetadatas":[{"keypoints":[1.5,2,0.25,null,0,0]},{}]})"},
      {"faces", R"({"mFaceObjectMetadata":[{"bottom":313,"left":164,"points_x":[1.5,2],"points_y":[3,4.5],)"
                R"("right":399,"score":0.99,"top":78}],"mFrame":{"mFrameId":60}})"},
  };
}

}  // namespace stream::ingest
