// All that a RuleChain remembers, as plain values: what a task's next owner needs to go on.
//
// Frames are numbered from 1 by the chain, those that never came included; 0 means never. Times are running
// time (frame_clock.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frame_clock.hpp"
#include "geometry.hpp"
#include "iou_tracker.hpp"
#include "line.hpp"

namespace stream::logic {

struct RememberedObject {
  std::string key;

  // When it was last in a frame, whether that counted or not; known only of objects that some rule follows
  // beyond what counts, else the same as last_counted.
  std::uint64_t last_present = 0;
  std::int64_t last_present_us = 0;

  // Its stay: since it was new, or had left.
  std::uint64_t seen = 0;           // frames in which it counted; 0: none yet
  std::uint64_t first_counted = 0;  // the first of them
  std::uint64_t last_counted = 0;
  std::int64_t first_counted_us = 0, last_counted_us = 0;
  std::int64_t away_us = 0;   // part of the stay in which it did not count
  bool alarmed = false;       // the stay has had its alarm (without lines)
  std::uint32_t crossed = 0;  // line crossed in this stay that still waits for its alarm, from 1; 0: none

  std::uint64_t alarmed_at = 0;  // frame of its last alarm, while the alarm interval runs; outlives the stay

  std::vector<float> scores;  // the last ones, oldest first

  // Its path: the anchor's last place, and what each line (by number) knows of it.
  bool has_path = false;
  Point last_point;
  std::vector<LineSide> sides;

  bool operator==(const RememberedObject&) const = default;
};

struct RuleState {
  // What the memory was made with. Under other rules of identity nothing of the objects holds, with other
  // lines or another drawing no path does.
  std::string identity, drawing;

  ClockState clock;
  std::int64_t last_frame_id = 0;  // when there was a frame
  std::uint64_t frame_count = 0;
  std::vector<RememberedObject> objects;  // the one not present for longest first
  IouState iou;
  bool operator==(const RuleState&) const = default;
};

}  // namespace stream::logic
