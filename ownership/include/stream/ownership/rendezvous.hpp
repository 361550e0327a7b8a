// Which node owns what: highest-random-weight (rendezvous) hashing, Thaler and Ravishankar 1998. When a node
// goes only what it owned moves; when one joins it takes an equal share from each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stream::ownership {

// The node with the highest hash of (item, node). The same on every machine and for every order of `nodes`.
// Empty when there are no nodes.
std::string owner_of(std::string_view item, const std::vector<std::string>& nodes);

}  // namespace stream::ownership
