// Decides again on the frames that the ingest-node still has, and notes why.
//
// The decision is a pure function of memory and frames. So the memory of some earlier moment, and the frames
// after it, give what was decided then, word for word. Kept states are such memories. Where the frames do not
// reach back to one, it begins with an older one or with none, and goes on from the next as soon as it gets
// there: Explanation::memory_known_from says from where on it is the truth.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "explanation.hpp"
#include "look_back.hpp"
#include "replay.hpp"

namespace stream::logic {

struct HindsightLimits {
  std::size_t frames = 5000;  // looked at, the newest
  std::size_t answers = 40;   // of the ingest-node, of about 1 MiB at most each
  std::chrono::milliseconds answer_within{1000};
  std::chrono::milliseconds all_within{4000};  // then it goes without the rest
  ExplanationLimits explanation;
};

// The frames that arrived after `from_us`, UNIX time. Blocks for about all_within at most; thread-safe as
// far as `replay` is.
Explanation look_back(const LookBack& unit, std::int64_t from_us, Replay& replay,
                      const HindsightLimits& limits = {});

}  // namespace stream::logic
