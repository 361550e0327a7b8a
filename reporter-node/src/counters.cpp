#include "counters.hpp"

namespace stream::reporter {

Counters::Counters(Metrics& metrics)
    : received(metrics.counter("stream_reporter_alarms_received_total", "Alarms handed out by the queue")),
      bus_errors(metrics.counter("stream_reporter_bus_errors_total", "Calls to the bus that failed")),
      lease_extensions(metrics.counter("stream_reporter_lease_extensions_total",
                                       "Leases extended while an alarm was being worked on")),
      unclaimed(metrics.counter("stream_reporter_unclaimed_total",
                                "POSTs without a claim because the broker had no room for one")),
      records_swept(metrics.counter("stream_reporter_records_swept_total",
                                    "Records of alarms that are no longer in the queue, removed")),
      held(metrics.gauge("stream_reporter_held_alarms", "Alarms taken from the queue and not settled")),
      in_flight(metrics.gauge("stream_reporter_in_flight", "POSTs under way")),
      metrics_(metrics) {}

void Counters::attempt(const Verdict& verdict) {
  metrics_
      .counter("stream_reporter_attempts_total", "POSTs by outcome and reason",
               {{"outcome", std::string(to_string(verdict.outcome))}, {"reason", verdict.reason}})
      .add();
}

void Counters::alarm(const std::string& outcome, const std::string& reason) {
  metrics_
      .counter("stream_reporter_alarms_total", "Alarms by what became of them when the queue handed them out",
               {{"outcome", outcome}, {"reason", reason}})
      .add();
}

void Counters::saved(bool ok) {
  metrics_
      .counter("stream_reporter_files_total", "Alarms written to save_dir",
               {{"outcome", ok ? "saved" : "failed"}})
      .add();
}

}  // namespace stream::reporter
