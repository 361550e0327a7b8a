#include "stream/ownership/rendezvous.hpp"

#include <cmath>
#include <cstdint>

#include "stream/common/hash.hpp"

namespace stream::ownership {
namespace {

// FNV-1a, then the finaliser of MurmurHash3 (Appleby), because FNV alone spreads the last bytes badly over
// the high bits that the comparison looks at first.
std::uint64_t hash_of(std::string_view item, std::string_view node) {
  constexpr std::string_view kEnd = "\xFF";  // not a byte of UTF-8: ("ab","c") and ("a","bc") differ
  auto hash = kFnvStart;
  for (const auto text : {item, node}) hash = fnv1a(kEnd, fnv1a(text, hash));
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53U;
  return hash ^ (hash >> 33U);
}

// With u uniform in (0, 1), -weight / ln(u) is largest for a node with a probability in proportion to its
// weight.
double score(std::string_view item, const Candidate& candidate) {
  const double u = (static_cast<double>(hash_of(item, candidate.node) >> 11U) + 0.5) * 0x1p-53;
  const double weight = std::isfinite(candidate.weight) && candidate.weight > 0 ? candidate.weight : 1;
  return -weight / std::log(u);
}

}  // namespace

std::string owner_of(std::string_view item, const std::vector<Candidate>& candidates) {
  const Candidate* best = nullptr;
  double best_score = 0;
  for (const Candidate& candidate : candidates) {
    const double s = score(item, candidate);
    if (best == nullptr || s > best_score || (s == best_score && candidate.node < best->node)) {
      best = &candidate;
      best_score = s;
    }
  }
  return best == nullptr ? std::string() : best->node;
}

}  // namespace stream::ownership
