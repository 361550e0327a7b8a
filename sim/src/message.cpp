#include "message.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "stream/common/base64.hpp"

namespace stream::sim {

namespace {

using nlohmann::json;
using picture::Image;
using picture::Rect;

constexpr int kSceneQuality = 85;
constexpr int kCropQuality = 90;

// What a float that was never set may hold; NaN is null in JSON.
json any_float(std::mt19937_64& garbage) {
  switch (garbage() % 4) {
    case 0:
      return nullptr;
    case 1:
      return 0.0F;
    default:
      return std::uniform_real_distribution<float>(0, 100)(garbage);
  }
}

int any_int(std::mt19937_64& garbage) {
  return garbage() % 2 == 0 ? 0 : static_cast<int>(static_cast<std::uint32_t>(garbage()));
}

json box_json(const Rect& box) {
  return {{"mX", box.x}, {"mY", box.y}, {"mWidth", box.width}, {"mHeight", box.height}};
}

json frame_json(const FrameInfo& frame, picture::Size size, std::int64_t timestamp_us,
                const std::string& jpeg) {
  return {{"mChannelId", frame.channel_id}, {"mFrameId", frame.frame_id}, {"mEndOfStream", false},
          {"mWidth", size.width},           {"mHeight", size.height},     {"mTimestamp", timestamp_us},
          {"mSpData", base64_encode(jpeg)}};
}

Image cut(const Image& image, Rect rect) {
  const int left = std::clamp(rect.x, 0, image.size.width), top = std::clamp(rect.y, 0, image.size.height);
  const int right = std::clamp(rect.x + rect.width, left, image.size.width);
  const int bottom = std::clamp(rect.y + rect.height, top, image.size.height);
  Image part{{right - left, bottom - top}, {}};
  part.rgb.reserve(std::size_t{3} * static_cast<std::size_t>(part.size.width) *
                   static_cast<std::size_t>(part.size.height));
  for (int y = top; y < bottom; ++y) {
    const auto row = image.rgb.begin() + 3 * (std::ptrdiff_t{y} * image.size.width + left);
    part.rgb.insert(part.rgb.end(), row, row + std::ptrdiff_t{3} * part.size.width);
  }
  return part;
}

Result<json> plate_json(const FrameInfo& frame, const PlateObject& plate, const Image& image, int sub_id,
                        std::mt19937_64& garbage) {
  const auto jpeg = encode_jpeg(cut(image, plate.crop), kCropQuality);
  if (!jpeg) return tl::unexpected(jpeg.error());
  return json{
      {"mFps", any_float(garbage)},
      {"mFrame", frame_json(frame, {}, 0, *jpeg)},
      {"mGraphId", any_int(garbage)},
      {"mRecognizedObjectMetadatas",
       json::array(
           {{{"mLabelName", plate.label}, {"mScores", json::array()}, {"mTopKLabels", json::array()}}})},
      {"mSubId", sub_id}};
}

json face_json(const FaceObject& face) {
  return {{"top", face.box.y},
          {"left", face.box.x},
          {"bottom", face.box.y + face.box.height},
          {"right", face.box.x + face.box.width},
          {"score", face.score},
          {"points_x", face.points_x},
          {"points_y", face.points_y}};
}

}  // namespace

Result<std::string> write_message(const FrameInfo& frame, const Objects& objects, const Image& image,
                                  std::mt19937_64& garbage) {
  const auto jpeg = encode_jpeg(image, kSceneQuality);
  if (!jpeg) return tl::unexpected(jpeg.error());
  json message = {{"mFps", any_float(garbage)},
                  {"mFrame", frame_json(frame, image.size, frame.timestamp_us, *jpeg)},
                  {"mGraphId", frame.graph_id},
                  {"mSubId", any_int(garbage)}};
  for (const auto& detection : objects.detections) {
    message["mDetectedObjectMetadatas"].push_back({{"mBox", box_json(detection.box)},
                                                   {"mClassify", detection.class_id},
                                                   {"mScores", json::array({detection.score})}});
  }
  for (const auto id : objects.track_ids) message["mTrackedObjectMetadatas"].push_back({{"mTrackId", id}});
  for (std::size_t i = 0; i < objects.plates.size(); ++i) {
    auto plate = plate_json(frame, objects.plates[i], image, static_cast<int>(i), garbage);
    if (!plate) return tl::unexpected(plate.error());
    message["mSubObjectMetadatas"].push_back(std::move(*plate));
  }
  for (const auto& pose : objects.poses) message["mPosedObjectMetadatas"].push_back({{"keypoints", pose}});
  for (const auto& face : objects.faces) message["mFaceObjectMetadata"].push_back(face_json(face));
  return message.dump();
}

}  // namespace stream::sim
