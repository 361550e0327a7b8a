// The objects of a frame as an algorithm sees them: their keys, places, and what an event says of them. Pure
// functions; an object is named by its index in the list that ObjectSpec::from points at.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "stream/decision/object_alarm.hpp"
#include "stream/manifest/logic_part.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::decision {

// The key of every object in the list, in its order; empty where there is none (a plate that was not
// recognised), and for ObjectKey::kPosition, where only the rules know it. Keys are cut to 256 bytes, so that
// what is remembered of an object is bounded.
std::vector<std::string> keys_in(const FrameMeta& frame, const manifest::ObjectSpec& spec);

// The detection that belongs to the object; nullptr for poses and faces, and when a list of tracks or
// sub-objects is not as long as the list of detections: then nobody knows which belongs to which.
const Detection* detection_of(const FrameMeta& frame, const manifest::ObjectSpec& spec, std::size_t object);

// Where it is: the box of its detection, its face, or around the key points that were found (10 px more on
// each side, inside the picture). Empty when that is not known. Right and bottom edges fit an int32 as well.
std::optional<Box> box_of(const FrameMeta& frame, const manifest::ObjectSpec& spec, std::size_t object);

// The Extend of its event: a JSON object, text. Scores are numbers from 0 to 1. What is not known is left
// out. A class without a name in `labels` goes by the label that was sent, else its number.
std::string extend_of(const FrameMeta& frame, const manifest::LogicPart& part, const ObjectAlarm& alarm);

// A key point was found when its score is above this; below, it is noise of the network.
inline constexpr float kKeypointFound = 0.1F;

}  // namespace stream::decision
