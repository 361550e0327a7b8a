// What a task's algorithm gives to whoever wants to look back at its decisions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "explanation.hpp"
#include "kept_states.hpp"
#include "stream/schemas/messages.hpp"
#include "task.hpp"

namespace stream::logic {

struct LookBack {
  TaskPtr task;
  std::vector<KeptState> states;          // oldest first
  std::optional<FramePosition> position;  // how far it has come; empty: there was no frame yet
  bool first_process = false;             // no other process of an ingest-node had its frames before
  std::optional<FrameStamp> newest;       // the last frame that it has decided on
  std::int64_t rules_since_us = 0;        // when its rules changed while it was at work; 0: they did not
  bool held_up = false;                   // it takes no frames now
  bool too_large = false;                 // its states are not kept: they are too large
};

}  // namespace stream::logic
