#include "stream/manifest/object_spec.hpp"

namespace stream::manifest {
namespace {

// The keys that objects of a list can have.
ObjectKey read_key(const JsonReader& reader, ObjectList from) {
  using enum ObjectKey;
  const auto one_of = [&](std::initializer_list<std::string_view> names,
                          std::initializer_list<ObjectKey> keys) {
    return keys.begin()[reader.choice(names)];
  };
  switch (from) {
    case ObjectList::kDetections:
      return one_of({"class", "label", "position", "index"}, {kClass, kLabel, kPosition, kIndex});
    case ObjectList::kSubObjects:
      return one_of({"label", "position", "index"}, {kLabel, kPosition, kIndex});
    case ObjectList::kTracks:
      return one_of({"track_id", "index"}, {kTrackId, kIndex});
    case ObjectList::kPoses:
    case ObjectList::kFaces:
      return one_of({"class", "position", "index"}, {kClass, kPosition, kIndex});
  }
  return kClass;
}

}  // namespace

ObjectSpec read_object_spec(const JsonReader& object) {
  object.expect_only({"from", "key", "iou_min"});
  ObjectSpec spec;
  spec.from = static_cast<ObjectList>(
      object["from"].choice({"detections", "sub_objects", "tracks", "poses", "faces"}));
  spec.key = read_key(object["key"], spec.from);
  if (const JsonReader least = object["iou_min"]; !least.is_missing()) {
    spec.iou_min = least.number(0, 1);
    if (spec.iou_min <= 0) least.complain("more than 0");
    if (spec.key != ObjectKey::kPosition) least.complain("none, because the key is not position");
  }
  return spec;
}

}  // namespace stream::manifest
