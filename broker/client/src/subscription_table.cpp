#include "subscription_table.hpp"

namespace stream::bus {

bool SubscriptionTable::apply(std::string_view message) {
  if (message.empty() || (message[0] != 0 && message[0] != 1)) return false;
  const std::string_view prefix = message.substr(1);
  if (message[0] == 1) {
    if (!prefixes_.emplace(prefix).second) return false;
    ++lengths_[prefix.size()];
    return true;
  }
  const auto it = prefixes_.find(prefix);
  if (it == prefixes_.end()) return false;
  prefixes_.erase(it);
  const auto length = lengths_.find(prefix.size());
  if (--length->second == 0) lengths_.erase(length);
  return true;
}

bool SubscriptionTable::matches(std::string_view topic) const {
  for (const auto& [length, count] : lengths_) {
    if (length > topic.size()) return false;
    if (prefixes_.contains(topic.substr(0, length))) return true;
  }
  return false;
}

}  // namespace stream::bus
