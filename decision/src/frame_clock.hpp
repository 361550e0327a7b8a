// The time of a frame, from what the stream process and the ingest-node say.
//
// A stream process's timestamp can be 0, be wrong, or start again when a file loops; arrival is always there
// but jumps when frames come in bursts. So:
//   wall time     the timestamp if it is sane, else arrival. Sane is what lies after the year 2000 and not
//                 more than a day after arrival.
//   running time  how long the stream has run: the sum of the steps from frame to frame. A step is the
//                 difference of the two timestamps if both are sane and it lies between 0 and an hour; else
//                 that of the two arrivals if it is not negative; else 0. It never goes back.
#pragma once

#include <cstdint>
#include <optional>

#include "stream/schemas/messages.hpp"

namespace stream::decision {

struct FrameTime {
  std::int64_t wall_us = 0;  // UNIX time
  std::int64_t running_us = 0;
  bool operator==(const FrameTime&) const = default;
};

// Goes on to the next frame. Any values are taken.
FrameTime next_frame_time(ClockState& clock, std::int64_t timestamp_us, std::int64_t received_us);

}  // namespace stream::decision
