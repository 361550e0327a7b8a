// What a graph found in one frame: the lists of a message before it is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stream/picture/jpeg.hpp"

namespace stream::sim {

// COCO's numbers, which sophon-stream's detectors use unless their class names say otherwise.
inline constexpr int kPersonClass = 0;
inline constexpr int kCarClass = 2;
// A plate detector knows one class.
inline constexpr int kPlateClass = 0;

struct DetectedObject {
  picture::Rect box;
  int class_id = 0;
  float score = 0;
};

// A licence plate that was read.
struct PlateObject {
  std::string label;
  picture::Rect crop;  // what of the scene picture becomes its own picture
};

struct FaceObject {
  picture::Rect box;
  float score = 0;
  std::vector<float> points_x, points_y;  // eyes, nose, corners of the mouth
};

// `track_ids` and `plates` are empty or in step with `detections`, until a filter thins the one and not the
// other.
struct Objects {
  std::vector<DetectedObject> detections;
  std::vector<std::int64_t> track_ids;
  std::vector<PlateObject> plates;
  std::vector<std::vector<float>> poses;  // each 18 times x, y, score
  std::vector<FaceObject> faces;
};

}  // namespace stream::sim
