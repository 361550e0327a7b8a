// What an object is for an algorithm: in which list of a frame it stands, and what tells one from the other.
// docs/manifest.md describes the format.
#pragma once

#include "stream/common/json_reader.hpp"

namespace stream::manifest {

enum class ObjectList { kDetections, kSubObjects, kTracks, kPoses, kFaces };
enum class ObjectKey { kClass, kLabel, kTrackId, kPosition, kIndex };

struct ObjectSpec {
  ObjectList from = ObjectList::kDetections;
  ObjectKey key = ObjectKey::kClass;
  double iou_min = 0.3;  // of kPosition: intersection over union from one frame to the next
  bool operator==(const ObjectSpec&) const = default;
};

// Strict; complains in the reader's error slot.
ObjectSpec read_object_spec(const JsonReader& object);

}  // namespace stream::manifest
