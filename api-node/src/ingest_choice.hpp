// Which ingest-node takes the frames of a new algorithm.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "stream/schemas/messages.hpp"

namespace stream::api {

struct IngestChoiceOptions {
  // Frames a second that an algorithm is taken to have until its node's load shows what it really has.
  double expected_rate = 10;
  std::chrono::seconds shown_after{15};  // the nodes smooth their load over a part of that
};

// Chooses by NodeRecord::load, frames a second, and what was given to each node since. Thread-safe.
class IngestChoice {
 public:
  using Clock = std::chrono::steady_clock;
  // Algorithms of all tasks by ingest-node, as the records say: decides between nodes of equal load.
  using Used = std::map<std::string, std::size_t>;

  explicit IngestChoice(IngestChoiceOptions options = {}) : options_(options) {}

  // The one with the least to do, which has one algorithm more from now on. REQUIRES: `nodes` is not empty.
  NodeRecord choose(const std::vector<NodeRecord>& nodes, const Used& used, Clock::time_point now);

 private:
  const IngestChoiceOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::deque<Clock::time_point>> given_;  // by node; guarded by mutex_
};

}  // namespace stream::api
