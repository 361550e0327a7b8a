// The node's counters and gauges.
#pragma once

#include <string>

#include "delivery_policy.hpp"
#include "stream/common/metrics.hpp"

namespace stream::reporter {

// Thread-safe.
class Counters {
 public:
  explicit Counters(Metrics& metrics);

  void attempt(const Verdict& verdict);
  // What became of a hand-out: delivered, retried, refused, deferred, parked, released, taken, done, lost.
  void alarm(const std::string& outcome, const std::string& reason);
  void saved(bool ok);

  const Counter received;
  const Counter bus_errors;
  const Counter lease_extensions;
  const Counter unclaimed;
  const Counter records_swept;
  const Gauge held;
  const Gauge in_flight;

 private:
  Metrics& metrics_;
};

}  // namespace stream::reporter
