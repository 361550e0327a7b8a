// When an ingest-node has been away for so long that its tasks are better off elsewhere.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

namespace stream::api {

// Decisions only, with the time passed in. Confined to one thread.
class NodeAbsence {
 public:
  using Duration = std::chrono::steady_clock::duration;

  explicit NodeAbsence(Duration grace) : grace_(grace) {}

  // Of the nodes that are `used`, those that have not been among the `live` ones for the whole grace.
  // `passed`: the time since the last look in which we would have seen them, so not that of a broker outage.
  std::set<std::string> look(Duration passed, const std::set<std::string>& live,
                             const std::set<std::string>& used);

 private:
  const Duration grace_;
  std::map<std::string, Duration> away_;  // of used nodes
};

}  // namespace stream::api
