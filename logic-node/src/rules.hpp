// What the manifest of an algorithm says about its objects and events, as this node works with it. The format
// is docs/manifest.md; it comes in AlgorithmSpec::logic_json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/manifest/logic_part.hpp"

namespace stream::logic {

using manifest::ExtendEntry;
using manifest::ObjectKey;
using manifest::ObjectList;

enum class EventPicture { kSubObject, kSquare, kPose, kBox };

struct Rules {
  ObjectList from = ObjectList::kDetections;
  ObjectKey key = ObjectKey::kClass;
  EventPicture picture = EventPicture::kSquare;
  std::vector<ExtendEntry> extend;
  std::vector<std::string> labels;
  manifest::LabelTables tables;
  bool operator==(const Rules&) const = default;
};

// kInvalid with the JSON path, what was found and what was expected; unknown members are errors.
Result<Rules> read_rules(std::string_view logic_json);

}  // namespace stream::logic
