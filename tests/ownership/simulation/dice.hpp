// All chance of a run, from its seed.
#pragma once

#include <cstdint>
#include <random>

#include "timeline.hpp"

namespace stream::simulation {

// Confined to one thread.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t number() { return engine_(); }
  // 0 to n - 1. REQUIRES: n > 0.
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  bool chance(double probability) { return static_cast<double>(engine_() >> 11U) * 0x1p-53 < probability; }
  Duration between(Duration least, Duration most) {
    return least + Duration(static_cast<Duration::rep>(
                       below(static_cast<std::uint64_t>((most - least).count()) + 1)));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace stream::simulation
