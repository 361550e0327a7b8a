// What the other side of an XPUB socket subscribes to.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

namespace stream::bus {

// Guarded by its owner.
class SubscriptionTable {
 public:
  // A message read from an XPUB socket: one byte, 1 to subscribe and 0 to unsubscribe, then the prefix.
  // Returns whether anything changed; other messages change nothing.
  bool apply(std::string_view message);

  // Some subscription is `topic` or a prefix of it.
  bool matches(std::string_view topic) const;
  // Some subscription is exactly `topic`.
  bool contains(std::string_view topic) const { return prefixes_.contains(topic); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_set<std::string, Hash, std::equal_to<>> prefixes_;
  std::map<std::size_t, std::size_t>
      lengths_;  // how many prefixes have a length: few lengths make few look-ups
};

}  // namespace stream::bus
