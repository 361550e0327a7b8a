#include "node_absence.hpp"

namespace stream::api {

std::set<std::string> NodeAbsence::look(Duration passed, const std::set<std::string>& live,
                                        const std::set<std::string>& used) {
  std::erase_if(away_,
                [&](const auto& entry) { return live.contains(entry.first) || !used.contains(entry.first); });
  std::set<std::string> gone;
  for (const std::string& node : used) {
    if (live.contains(node)) continue;
    const auto [entry, is_new] = away_.emplace(node, Duration::zero());
    if (!is_new) entry->second += passed;
    if (entry->second >= grace_) gone.insert(node);
  }
  return gone;
}

}  // namespace stream::api
