#include "rules.hpp"

#include <utility>

namespace stream::logic {
namespace {

EventPicture picture_of(manifest::Crop crop) {
  switch (crop) {
    case manifest::Crop::kSubObject:
      return EventPicture::kSubObject;
    case manifest::Crop::kPose:
      return EventPicture::kPose;
    case manifest::Crop::kBox:
      return EventPicture::kBox;
    case manifest::Crop::kSquare:
    case manifest::Crop::kFace:
      return EventPicture::kSquare;
  }
  return EventPicture::kSquare;
}

}  // namespace

Result<Rules> read_rules(std::string_view logic_json) {
  auto part = manifest::parse_logic_part(logic_json);
  if (!part) return tl::unexpected(std::move(part.error()));
  if (part->object.key == ObjectKey::kPosition) {
    return fail(ErrorCode::kInvalid, "/object/key: found \"position\", expected another key");
  }
  return Rules{part->object.from,
               part->object.key,
               picture_of(part->event.crop),
               std::move(part->event.extend),
               std::move(part->labels),
               std::move(part->tables)};
}

}  // namespace stream::logic
