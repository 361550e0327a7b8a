// Many runs, on all threads there are.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "world.hpp"

namespace stream::simulation {

struct Failure {
  Run run;
  std::string problem;
};

struct Runs {
  Run first;
  std::uint64_t count = 0;
  unsigned threads = 1;
  std::uint64_t most_failures = 10;  // no more runs are begun then
  // Called now and then, on any thread, one call at a time; may be empty.
  std::function<void(std::uint64_t done, std::uint64_t failed)> on_progress;
};

struct Results {
  std::vector<Failure> failures;  // by seed
  Figures figures;
};

Results simulate_all(const Runs& runs);

// What a person needs to see what went wrong: the last lines of the trace, all of them when `lines` is 0.
std::string explain(const Failure& failure, std::size_t lines);

}  // namespace stream::simulation
