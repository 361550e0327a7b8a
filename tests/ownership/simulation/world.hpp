// One run: nodes, tasks, a broker, faults, all from one seed; and whether everything was as it must be.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "figures.hpp"
#include "variant.hpp"

namespace stream::simulation {

enum class Faults {
  kAll,
  kBroker,  // only of the broker: then no work may be taken from anybody
};

struct Run {
  std::uint64_t seed = 0;
  Variant variant = Variant::kShipped;
  Faults faults = Faults::kAll;
};

struct Outcome {
  std::string problem;  // empty: all is well
  Figures figures;
};

// `trace`, which may be empty, gets a line for everything of note.
Outcome simulate(const Run& run, const std::function<void(const std::string&)>& trace = {});

}  // namespace stream::simulation
