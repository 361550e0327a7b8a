#include "stream/ownership/rendezvous.hpp"

#include <cstdint>

namespace stream::ownership {
namespace {

// FNV-1a, 64 bit (Fowler, Noll, Vo), then the finaliser of MurmurHash3 (Appleby), because FNV alone spreads
// the last bytes badly over the high bits that the comparison looks at first.
std::uint64_t weight(std::string_view item, std::string_view node) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    hash = (hash ^ 0xFFU) * 0x100000001b3U;  // not a byte of UTF-8: ("ab","c") and ("a","bc") differ
  };
  mix(item);
  mix(node);
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53U;
  return hash ^ (hash >> 33U);
}

}  // namespace

std::string owner_of(std::string_view item, const std::vector<std::string>& nodes) {
  const std::string* best = nullptr;
  std::uint64_t best_weight = 0;
  for (const std::string& node : nodes) {
    const std::uint64_t w = weight(item, node);
    if (best == nullptr || w > best_weight || (w == best_weight && node < *best)) {
      best = &node;
      best_weight = w;
    }
  }
  return best == nullptr ? std::string() : *best;
}

}  // namespace stream::ownership
