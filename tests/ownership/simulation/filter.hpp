// The application in the simulation: a filter like the real one, and what it is shown. An object that was
// seen in kInFrames frames alarms; it is forgotten after kOutFrames frames in a row without it, and may then
// alarm again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dice.hpp"

namespace stream::simulation {

inline constexpr std::size_t kObjects = 4;
inline constexpr int kInFrames = 3;
inline constexpr int kOutFrames = 4;

// A frame: which objects are in view, a bit each.
using Frame = std::uint8_t;
// Frames 1 to n of one life of a task.
std::vector<Frame> flapping_frames(Dice& dice, std::size_t count);

struct Decision {
  std::size_t object = 0;
  std::uint64_t frame = 0;  // that decided
  std::uint64_t episode = 0;
};

// A plain value; its bytes are the state that is handed over.
struct Filter {
  std::uint64_t life = 0;         // random, of the first state: part of the ids
  std::uint64_t incarnation = 0;  // of the task
  std::uint64_t position = 0;     // the last frame that was looked at or lost
  std::uint64_t processed = 0, lost = 0;
  std::uint64_t episode = 0;
  std::array<std::int32_t, kObjects> seen{}, missed{};

  // REQUIRES: the frame is the one after `position`.
  std::vector<Decision> process(Frame frame);
  // The task was made anew: everything from the beginning, but no id a second time.
  void begin_again(std::uint64_t new_incarnation);

  std::string encoded() const;
  static std::optional<Filter> decoded(const std::string& bytes);
};

// "object@frame" of all that a filter decides that sees every frame once.
std::set<std::string> expected_decisions(const std::vector<Frame>& frames);
std::string name_of(const Decision& decision);

}  // namespace stream::simulation
