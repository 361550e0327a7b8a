// Which life of a task something is of, and which stream process of that life has posted it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "stream/common/hash.hpp"
#include "stream/schemas/messages.hpp"

namespace stream {

// Names one life of a task's algorithm: the same while it is changed, another one after a delete and create.
// Never 0.
constexpr std::uint64_t source_of(std::string_view path_key, std::uint64_t life = 0) {
  return life != 0 ? life : std::max<std::uint64_t>(fnv1a(path_key), 1);
}

inline std::uint64_t source_of(const AlgorithmSpec& spec) {
  return source_of(spec.path_key, spec.life);
}

// Names the stream process that may post under a path key, by which it is told from that of an api-node that
// the task was taken from. Never 0.
constexpr std::uint64_t poster_of(std::string_view path_key) {
  return source_of(path_key);
}

}  // namespace stream
