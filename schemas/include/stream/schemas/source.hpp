// Which life of a task something is of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "stream/common/hash.hpp"

namespace stream {

// Names one life of a task's algorithm by its AlgorithmSpec::path_key: another create, another value. Never
// 0.
constexpr std::uint64_t source_of(std::string_view path_key) {
  return std::max<std::uint64_t>(fnv1a(path_key), 1);
}

}  // namespace stream
