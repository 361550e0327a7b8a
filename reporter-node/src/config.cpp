#include "config.hpp"

#include <algorithm>

namespace stream::reporter {

void ReporterConfig::describe(ConfigTable& table) {
  constexpr double kHourMs = 3'600'000;
  table.add("admin_listen", admin_listen, "address and port of /metrics, /healthz and /readyz");
  table.add("url_in_flight", url_in_flight, "POSTs at once to one report URL", {1, 64});
  table.add("url_held", url_held, "alarms held for one report URL, those in flight included", {1, 10000});
  table.add("held_alarms", held_alarms,
            "alarms held, for all report URLs, a thread each while they are POSTed", {1, 10000});
  table.add("held_mib", held_mib, "no more alarms are taken from the queue while those held are larger",
            {1, 65536});
  table.add("lease_ms", lease, "how long the alarms of a killed reporter-node wait for another one",
            {1000, kHourMs});
  table.add("retry_first_ms", retry_first,
            "delay after the first round of failed attempts; doubles from round to round", {1, kHourMs});
  table.add("retry_most_ms", retry_most, "longest such delay", {1, kHourMs});
  table.add("refused_pace_ms", refused_pace, "delay of an alarm that all its URLs refused",
            {1, 24 * kHourMs});
  table.add("refused_rounds", refused_rounds, "how often all may refuse an alarm before it is set aside",
            {1, 1e6});
  table.add("connect_timeout_ms", connect_timeout,
            "for a connection to an address, TLS included, and for looking up its name", {1, kHourMs});
  table.add("send_timeout_ms", send_timeout, "for sending a whole alarm", {1, kHourMs});
  table.add("answer_timeout_ms", answer_timeout, "for the whole answer", {1, kHourMs});
  table.add("stop_grace_ms", stop_grace, "for the POSTs in flight when the node is stopped", {0, kHourMs});
  table.add("ca_file", ca_file,
            "trusted certificates for https (PEM) instead of the system's; empty: the system's");
  table.add("save_dir", save_dir, "each alarm is also written here as JSON; empty: nowhere");
  table.add_addresses(
      "event_urls", event_urls,
      "where system events are POSTed to, each to all of them; the same at every reporter-node");
  table.add("receiver_down_ms", events.board.receiver_down_after,
            "a report URL where every POST has failed for so long is told as a system event", {0, kHourMs});
  events.describe(table);
}

Result<std::vector<EventUrl>> ReporterConfig::parsed_event_urls() const {
  std::vector<EventUrl> parsed;
  for (const std::string& text : event_urls) {
    auto url = parse_report_url(text);
    if (!url) return tl::unexpected(std::move(url.error()).within("event_urls"));
    parsed.push_back({text, *std::move(url)});
  }
  return parsed;
}

UrlLinesOptions ReporterConfig::lines() const {
  UrlLinesOptions options;
  options.in_flight = url_in_flight;
  options.held = url_held;
  // Half of what is held, so that the others always find room.
  options.trials = std::max<std::size_t>(held_alarms / 2, 1);
  options.breaker = breaker;
  return options;
}

PosterOptions ReporterConfig::poster() const {
  PosterOptions options;
  options.connect_timeout = connect_timeout;
  options.send_timeout = send_timeout;
  options.answer_timeout = answer_timeout;
  options.ca_file = ca_file;
  return options;
}

}  // namespace stream::reporter
