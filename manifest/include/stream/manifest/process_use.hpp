// Whether tasks share a stream process.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace stream::manifest {

enum class ProcessUse {
  kPerTask,  // one for each task and algorithm
  kShared,   // one for several cameras that need the same of it
};

// As manifests, tasks and configurations say it; by value.
inline constexpr std::array<std::string_view, 2> kProcessUses{"per_task", "shared"};

// Cameras of a shared process.
inline constexpr std::uint32_t kMostChannels = 256, kUsualChannels = 8;

// Empty for any other name.
constexpr std::optional<ProcessUse> process_use_of(std::string_view name) {
  for (std::size_t i = 0; i < kProcessUses.size(); ++i) {
    if (kProcessUses[i] == name) return static_cast<ProcessUse>(i);
  }
  return std::nullopt;
}

}  // namespace stream::manifest
