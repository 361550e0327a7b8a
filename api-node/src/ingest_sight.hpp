// Whether the ingest-node of a stream process is away.
#pragma once

#include <chrono>

namespace stream::api {

// One that starts again, or that we have not heard of yet because we have just started, is not. A value.
class IngestSight {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void begin(TimePoint now) { seen_ = now; }
  bool is_away(TimePoint now, bool is_up) {
    if (is_up) seen_ = now;
    return now - seen_ >= kBlinks;
  }

 private:
  static constexpr std::chrono::seconds kBlinks{2};

  TimePoint seen_{};  // when it was up last
};

}  // namespace stream::api
