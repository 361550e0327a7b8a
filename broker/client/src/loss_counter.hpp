// Reads losses off the sequence numbers of what a subscriber receives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace stream::bus {

// Confined to one thread. Bounded: of a topic the latest 8 senders are known, of all topics the latest 65536.
class LossCounter {
 public:
  // How many messages of this sender and topic are missing before this one. 0 for the first that is seen.
  std::uint64_t note(std::string_view topic, std::uint64_t sender, std::uint64_t sequence);
  // What begins with `prefix` was unsubscribed: gaps up to the next message are no losses.
  void forget(std::string_view prefix);

 private:
  struct Last {
    std::uint64_t sender = 0;
    std::uint64_t sequence = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::vector<Last>, Hash, std::equal_to<>> topics_;  // latest sender last
};

}  // namespace stream::bus
