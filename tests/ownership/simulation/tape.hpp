// The frames of the tasks, replayable as those of an ingest-node are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "filter.hpp"
#include "timeline.hpp"

namespace stream::simulation {

// What one incarnation of a task shows.
struct Tape {
  Time start;
  Duration period{};
  std::vector<Frame> frames;
  std::uint64_t kept = 0;  // so many of the last ones can be had; 0: all

  // The number of the last frame there is.
  std::uint64_t newest(Time now) const {
    if (now < start) return 0;
    return std::min<std::uint64_t>(frames.size(), static_cast<std::uint64_t>((now - start) / period));
  }
  // The number of the first that can still be had.
  std::uint64_t oldest(Time now) const {
    const std::uint64_t last = newest(now);
    return kept == 0 || last <= kept ? 1 : last - kept + 1;
  }
};

// By task and incarnation.
using Tapes = std::map<std::pair<std::string, std::uint64_t>, Tape>;

}  // namespace stream::simulation
