// Makes a complete alarm from a decision: fetches the pictures, cuts them, fills in the events.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "counters.hpp"
#include "pictures.hpp"
#include "stream/schemas/messages.hpp"
#include "task.hpp"

namespace stream::logic {

// What was decided: these objects of this frame alarm. All that it takes to build the alarm, but the
// pictures.
struct Decision {
  TaskPtr task;
  FrameMeta frame;
  std::vector<std::size_t> objects;  // indices in the list that the task's rules name; not empty
  std::int64_t decided_us = 0;       // UNIX time
};

// The same for the same decision, and never the same for two.
std::string alarm_id(const Decision& decision);

struct AlarmLimits {
  std::size_t max_pictures_bytes = 16 << 20;  // all pictures of one alarm together
  std::size_t max_events = 256;
  std::chrono::milliseconds picture_deadline{2000};  // for all pictures of one alarm
};

// Always gives an alarm that its receiver can take: each picture is a JPEG that decodes, each box fits an
// int32. What cannot be had (the frame is gone, the ingest-node does not answer, the picture is damaged or
// too large) becomes a placeholder, counted; without its scene the alarm says picture_lost. The box of an
// object that nobody knows the place of is the whole picture, counted. Thread-safe.
class AlarmBuilder {
 public:
  AlarmBuilder(Pictures& pictures, const Counters& counters, const AlarmLimits& limits)
      : pictures_(pictures), counters_(counters), limits_(limits) {}

  // Waits for pictures, at most until the deadline of the limits.
  Alarm build(const Decision& decision) const;

 private:
  class Work;

  Pictures& pictures_;
  const Counters counters_;
  const AlarmLimits limits_;
};

}  // namespace stream::logic
