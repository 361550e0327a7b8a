// What happened in a run, or in many: for people, and to see that the faults did occur.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace stream::simulation {

struct Figures {
  std::map<std::string, std::uint64_t> counts;

  void count(const std::string& what, std::uint64_t times = 1) { counts[what] += times; }
  void add(const Figures& other) {
    for (const auto& [what, times] : other.counts) counts[what] += times;
  }
};

}  // namespace stream::simulation
