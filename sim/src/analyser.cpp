#include "analyser.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace stream::sim {

namespace {

using picture::Rect;

// Key points of an upright person as fractions of the box, in the order of OpenPose's COCO model: nose, neck,
// right shoulder, elbow, wrist, left shoulder, elbow, wrist, right hip, knee, ankle, left hip, knee, ankle,
// eyes, ears. The right of the person is the left of the picture.
constexpr std::array<std::array<float, 2>, 18> kUpright = {{{0.50F, 0.08F},
                                                            {0.50F, 0.20F},
                                                            {0.30F, 0.20F},
                                                            {0.22F, 0.35F},
                                                            {0.20F, 0.48F},
                                                            {0.70F, 0.20F},
                                                            {0.78F, 0.35F},
                                                            {0.80F, 0.48F},
                                                            {0.38F, 0.52F},
                                                            {0.37F, 0.74F},
                                                            {0.36F, 0.96F},
                                                            {0.62F, 0.52F},
                                                            {0.63F, 0.74F},
                                                            {0.64F, 0.96F},
                                                            {0.45F, 0.06F},
                                                            {0.55F, 0.06F},
                                                            {0.38F, 0.08F},
                                                            {0.62F, 0.08F}}};

// Eyes, nose and corners of the mouth as fractions of the face.
constexpr std::array<std::array<float, 2>, 5> kFacePoints = {
    {{0.32F, 0.38F}, {0.68F, 0.38F}, {0.50F, 0.56F}, {0.36F, 0.76F}, {0.64F, 0.76F}}};

std::vector<float> pose_of(const Rect& box, float score) {
  std::vector<float> points;
  points.reserve(3 * kUpright.size());
  for (const auto& [x, y] : kUpright) {
    points.push_back(static_cast<float>(box.x) + x * static_cast<float>(box.width));
    points.push_back(static_cast<float>(box.y) + y * static_cast<float>(box.height));
    points.push_back(score);
  }
  return points;
}

Rect head_of(const Rect& person) {
  return {person.x + person.width / 4, person.y, person.width / 2, std::max(1, person.height / 6)};
}

FaceObject face_of(const Rect& person, float score) {
  FaceObject face{head_of(person), score, {}, {}};
  for (const auto& [x, y] : kFacePoints) {
    face.points_x.push_back(static_cast<float>(face.box.x) + x * static_cast<float>(face.box.width));
    face.points_y.push_back(static_cast<float>(face.box.y) + y * static_cast<float>(face.box.height));
  }
  return face;
}

bool contains(const Rect& outer, const Rect& inner) {
  return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
         inner.y + inner.height <= outer.y + outer.height;
}

}  // namespace

float Analyser::score() {
  return std::uniform_real_distribution<float>(0.6F, 0.97F)(random_);
}

void Analyser::detect(const Scene& scene, Objects& objects) {
  for (const auto& sighting : scene.sightings) {
    if (graph_.reads_plates) {
      if (!sighting.plate.empty() && add({sighting.plate_box, kPlateClass, score()}, objects)) {
        objects.plates.push_back({sighting.plate, sighting.plate_box});
      }
      continue;
    }
    const bool is_car = sighting.kind == Sighting::Kind::kCar;
    if (const auto id = class_called(is_car ? "car" : "person", is_car ? kCarClass : kPersonClass)) {
      add({sighting.box, *id, score()}, objects);
    }
    if (is_car) continue;
    if (const auto id = class_called(sighting.wears_helmet ? "helmet" : "head", std::nullopt)) {
      add({head_of(sighting.box), *id, score()}, objects);
    }
  }
}

bool Analyser::add(const DetectedObject& detection, Objects& objects) const {
  if (detection.score < graph_.threshold_conf) return false;
  if (graph_.roi && !contains(*graph_.roi, detection.box)) return false;
  objects.detections.push_back(detection);
  return true;
}

std::optional<int> Analyser::class_called(std::string_view name, std::optional<int> in_coco) const {
  if (graph_.class_names.empty()) return in_coco;
  const auto found = std::find(graph_.class_names.begin(), graph_.class_names.end(), name);
  if (found == graph_.class_names.end()) return std::nullopt;
  return static_cast<int>(found - graph_.class_names.begin());
}

Objects Analyser::analyse(const Scene& scene) {
  Objects objects;
  if (graph_.detects) detect(scene, objects);
  if (graph_.tracks) {
    std::vector<Rect> boxes;
    for (const auto& detection : objects.detections) boxes.push_back(detection.box);
    objects.track_ids = tracker_.update(boxes);
  }
  for (const auto& sighting : scene.sightings) {
    if (sighting.kind != Sighting::Kind::kPerson) continue;
    if (graph_.poses) objects.poses.push_back(pose_of(sighting.box, score()));
    if (graph_.faces) objects.faces.push_back(face_of(sighting.box, score()));
  }
  return objects;
}

}  // namespace stream::sim
