// Finds the objects of a frame as an algorithm's rules see them: their keys, boxes and what Extend says.
// Pure functions; an object is named by its index in the list that Rules::from points at.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rules.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::logic {

// The key of every object in the list, in its order; empty where there is none (a plate that was not
// recognised). Keys are cut to 256 bytes, so that what is remembered of an object is bounded.
std::vector<std::string> keys_in(const FrameMeta& frame, const Rules& rules);

// The detection that belongs to the object; nullptr for poses and faces, and when a list of tracks or
// sub-objects is not as long as the list of detections: then nobody knows which belongs to which.
const Detection* detection_of(const FrameMeta& frame, const Rules& rules, std::size_t object);

// Where it is: the box of its detection, its face, or around the key points that were found (10 px more on
// each side, inside the picture). Empty when that is not known. Right and bottom edges fit an int32 as well.
std::optional<Box> box_of(const FrameMeta& frame, const Rules& rules, std::size_t object);

// The Extend of its event: a JSON object, text. Scores are numbers from 0 to 1, rounded to four digits. What
// is not known is left out. A class without a name in the rules goes by the label that was sent, else its
// number.
std::string extend_of(const FrameMeta& frame, const Rules& rules, std::size_t object);

// A key point was found when its score is above this; below, it is noise of the network.
inline constexpr float kKeypointFound = 0.1F;

}  // namespace stream::logic
