// Which nodes came and went, from the lists of those that are live. Pure: the clock is passed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::api {

// Confined to one thread.
class NodeRoll {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Change {
    enum class Kind {
      kCame,      // it was not known before
      kLost,      // it fell silent, or said goodbye
      kCameBack,  // after it was lost
    };
    Kind kind = Kind::kCame;
    std::string node;  // <role>/<name>
    std::string text;
    // The same at every api-node that sees the same, so that one of them tells it. Empty: of kCameBack.
    std::string id;
    bool operator==(const Change&) const = default;
  };

  // `live`: of all roles. A process that has taken the place of another is a loss and a return.
  std::vector<Change> take(const std::vector<NodeRecord>& live, TimePoint now);

 private:
  struct Known {
    NodeRecord record;  // as last seen
    bool live = true;
    TimePoint lost_at{};
  };

  std::map<std::string, Known> known_;  // by role and name; without those that were lost long ago
};

}  // namespace stream::api
