// How long names and texts may be. What is longer is refused before anything is done.
#pragma once

#include "control.hpp"
#include "stream/common/result.hpp"

namespace stream::broker {

// kInvalid, saying which member is too long, empty or too many.
Status check_limits(const bus::control::Operation& operation);

}  // namespace stream::broker
