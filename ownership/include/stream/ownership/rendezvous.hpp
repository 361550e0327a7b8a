// Which node owns what: highest-random-weight (rendezvous) hashing, Thaler and Ravishankar 1998, with weights
// as in Schindelhauer and Schomaker 2005. When a node goes only what it owned moves; when one joins it takes
// its share from each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stream::ownership {

struct Candidate {
  std::string node;
  double weight = 1;  // its share; what is not a number above 0 counts as 1
};

// The name of the candidate with the highest score for `item`: the same on every machine and for every order.
// Empty when there are none.
std::string owner_of(std::string_view item, const std::vector<Candidate>& candidates);

}  // namespace stream::ownership
