#include "ingest_choice.hpp"

#include <algorithm>
#include <tuple>

#include "stream/common/assert.hpp"

namespace stream::api {

NodeRecord IngestChoice::choose(const std::vector<NodeRecord>& nodes, const Used& used,
                                Clock::time_point now) {
  STREAM_ASSERT(!nodes.empty(), "there is nothing to choose from");
  const std::lock_guard lock(mutex_);
  for (auto& [name, times] : given_) {
    while (!times.empty() && now - times.front() >= options_.shown_after) times.pop_front();
  }
  std::erase_if(given_, [](const auto& entry) { return entry.second.empty(); });
  const auto rank = [&](const NodeRecord& node) {
    const auto given = given_.find(node.node);
    const std::size_t count = given == given_.end() ? 0 : given->second.size();
    const auto known = used.find(node.node);
    return std::tuple(node.load + options_.expected_rate * static_cast<double>(count),
                      known == used.end() ? 0 : known->second);
  };
  const NodeRecord& chosen = *std::min_element(
      nodes.begin(), nodes.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  given_[chosen.node].push_back(now);
  return chosen;
}

}  // namespace stream::api
