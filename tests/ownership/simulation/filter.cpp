#include "filter.hpp"

#include <fmt/format.h>

#include <cstring>
#include <type_traits>

namespace stream::simulation {

std::vector<Frame> flapping_frames(Dice& dice, std::size_t count) {
  std::vector<Frame> frames(count);
  for (std::size_t object = 0; object < kObjects; ++object) {
    const double changes = 0.05 + 0.3 * static_cast<double>(dice.below(100)) / 100;
    bool in_view = dice.chance(0.5);
    for (Frame& frame : frames) {
      if (dice.chance(changes)) in_view = !in_view;
      if (in_view) frame = static_cast<Frame>(frame | (1U << object));
    }
  }
  return frames;
}

std::vector<Decision> Filter::process(Frame frame) {
  ++position;
  ++processed;
  std::vector<Decision> decided;
  for (std::size_t object = 0; object < kObjects; ++object) {
    if ((frame >> object & 1U) == 0) {
      if (++missed[object] >= kOutFrames) seen[object] = 0;
      continue;
    }
    missed[object] = 0;
    if (++seen[object] == kInFrames) decided.push_back({object, position, ++episode});
  }
  return decided;
}

void Filter::begin_again(std::uint64_t new_incarnation) {
  Filter anew;
  anew.life = life;
  anew.episode = episode;
  anew.incarnation = new_incarnation;
  *this = anew;
}

static_assert(std::is_trivially_copyable_v<Filter>);

std::string Filter::encoded() const {
  std::string bytes(sizeof(Filter), '\0');
  std::memcpy(bytes.data(), this, sizeof(Filter));
  return bytes;
}

std::optional<Filter> Filter::decoded(const std::string& bytes) {
  if (bytes.size() != sizeof(Filter)) return std::nullopt;
  Filter filter;
  std::memcpy(&filter, bytes.data(), sizeof(Filter));
  return filter;
}

std::set<std::string> expected_decisions(const std::vector<Frame>& frames) {
  std::set<std::string> expected;
  Filter filter;
  for (const Frame frame : frames) {
    for (const Decision& decision : filter.process(frame)) expected.insert(name_of(decision));
  }
  return expected;
}

std::string name_of(const Decision& decision) {
  return fmt::format("{}@{}", decision.object, decision.frame);
}

}  // namespace stream::simulation
