// GET /explain/<encode_name(task)>/<algorithm>?last_ms=30000 on the node's admin server: why there was no
// alarm (Explanation as JSON). For api-nodes; docs/how-to/why-no-alarm.md says what the answer means.
//
// Errors are 400 (last_ms), 404 (this node is not at work on it) and 503 (busy), as http::problem().
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <semaphore>
#include <string>

#include "hindsight.hpp"
#include "replay.hpp"
#include "stream/http/admin.hpp"
#include "unit.hpp"

namespace stream::logic {

// Thread-safe. Looking back runs on the threads of whoever asks; of a unit it takes the lock for some
// microseconds only, and nobody's turn at an ingest-node.
class Explainer {
 public:
  // At a time; further ones are told to come again.
  static constexpr std::size_t kMost = 2;
  static constexpr std::chrono::milliseconds kShortest{1000};
  static constexpr std::chrono::milliseconds kLongest{600'000};

  // By the key of its state; empty: the node is not at work on it.
  using FindUnit = std::function<UnitPtr(const std::string& key)>;

  // `replay` must outlive it.
  Explainer(FindUnit find_unit, Replay& replay) : find_unit_(std::move(find_unit)), replay_(replay) {}

  http::Response answer(const http::Request& request);
  // The route. It must outlive the server.
  http::AdminRoutes routes();

 private:
  const FindUnit find_unit_;
  Replay& replay_;
  std::counting_semaphore<kMost> free_{kMost};
};

}  // namespace stream::logic
