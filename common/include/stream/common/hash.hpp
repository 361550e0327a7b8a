// FNV-1a, 64 bit (Fowler, Noll, Vo): the same on every machine and in every version, so its values may be
// stored and compared with others'. Not for tables that strangers fill, nor for secrets.
#pragma once

#include <cstdint>
#include <string_view>

namespace stream {

inline constexpr std::uint64_t kFnvStart = 0xcbf29ce484222325U;

// Of `text` after what `hash` is of already.
constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = kFnvStart) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace stream
