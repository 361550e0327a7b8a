// Draws the key points of a person and the limbs between them.
#pragma once

#include "stream/picture/jpeg.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::logic {

// `image` is the part of the scene whose top-left corner is (`left`, `top`). Points come in the order of COCO
// with 18 points (nose, neck, right arm, left arm, right leg, left leg, eyes, ears); of any other number only
// the points are drawn. Points that were not found are left out.
void draw_pose(picture::Image& image, const Pose& pose, int left, int top);

}  // namespace stream::logic
