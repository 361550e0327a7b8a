// What the manifest of an algorithm says about its objects and events (AlgorithmSpec::logic_json).
//
//   {"object": {"from": "sub_objects", "key": "label"},
//    "event":  {"picture": "sub_object", "extend": [{"name": "VehicleLicense", "value": "label"}]},
//    "labels": ["person", "bicycle"]}
//
// object.from and object.key: which list of the frame holds the objects, and what tells one from the other
//   detections   class | label | index
//   sub_objects  label | index
//   tracks       track_id | index
//   poses, faces class (all are one object) | index
// event.picture: sub_object (the crop the stream process sent; without one, square), square (cut from the
// scene
//   around the box), pose (square with the key points drawn in). Default: square.
// event.extend: entries of the event's Extend, in order; each value is one of label, track_id, class_name,
//   score. Default: none.
// labels: names of the classes, by class id. Default: none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::logic {

enum class ObjectList { kDetections, kSubObjects, kTracks, kPoses, kFaces };
enum class ObjectKey { kClass, kLabel, kTrackId, kIndex };
enum class EventPicture { kSubObject, kSquare, kPose };
enum class ExtendValue { kLabel, kTrackId, kClassName, kScore };

struct ExtendEntry {
  std::string name;
  ExtendValue value = ExtendValue::kLabel;
  bool operator==(const ExtendEntry&) const = default;
};

struct Rules {
  ObjectList from = ObjectList::kDetections;
  ObjectKey key = ObjectKey::kClass;
  EventPicture picture = EventPicture::kSquare;
  std::vector<ExtendEntry> extend;
  std::vector<std::string> labels;
  bool operator==(const Rules&) const = default;
};

// kInvalid with the JSON path, what was found and what was expected; unknown members are errors.
Result<Rules> read_rules(std::string_view logic_json);

}  // namespace stream::logic
