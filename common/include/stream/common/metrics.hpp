// Counters and gauges of one node, in Prometheus' text format.
//
// A thin face over prometheus-cpp's registry, so that its headers stay out of everybody's way. Names follow
// Prometheus' habits: stream_<node>_<what>_total for counters, base units (seconds, bytes). Everything
// received, sent and dropped has a counter; drops carry a `reason` label.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace stream {

using Labels = std::map<std::string, std::string>;

// Thread-safe and cheap to copy; lives as long as the registry it came from.
class Counter {
 public:
  void add(double amount = 1) const;
  double value() const;

 private:
  friend class Metrics;
  explicit Counter(void* impl) : impl_(impl) {}
  void* impl_;
};

// Thread-safe and cheap to copy; lives as long as the registry it came from.
class Gauge {
 public:
  void set(double value) const;
  void add(double amount) const;  // may be negative
  double value() const;

 private:
  friend class Metrics;
  explicit Gauge(void* impl) : impl_(impl) {}
  void* impl_;
};

// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same counter. Look-ups take a lock: keep the result on hot paths.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});

  // One that is shown for as long as somebody has it: for what comes and goes. It must not outlive the
  // metrics, and a name is used for such counters only.
  std::shared_ptr<const Counter> shared_counter(const std::string& name, const std::string& help,
                                                const Labels& labels);

  // Prometheus text exposition format 0.0.4, for /metrics.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stream
