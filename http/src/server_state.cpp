#include "server_state.hpp"

#include <utility>

#include "session.hpp"

namespace stream::http {
namespace {

// Counters for closing, by what the peer was too slow for.
Counter late(Metrics& metrics, const std::string& server, const char* waiting_for) {
  return metrics.counter("stream_http_timeouts_total", "Connections closed for missing a deadline",
                         {{"server", server}, {"waiting_for", waiting_for}});
}

}  // namespace

ServerCounters::ServerCounters(Metrics& metrics, const std::string& server)
    : connections(
          metrics.counter("stream_http_connections_total", "Connections accepted", {{"server", server}})),
      connections_refused(metrics.counter("stream_http_connections_refused_total",
                                          "Connections closed at once: max_connections are at work",
                                          {{"server", server}})),
      connections_displaced(metrics.counter("stream_http_connections_displaced_total",
                                            "Idle connections closed to make room for others",
                                            {{"server", server}})),
      accept_errors(metrics.counter("stream_http_accept_errors_total",
                                    "Times accepting was paused for lack of descriptors or memory",
                                    {{"server", server}})),
      requests(metrics.counter("stream_http_requests_total", "Requests with a whole header",
                               {{"server", server}})),
      refused(
          metrics.counter("stream_http_requests_refused_total",
                          "Requests answered by the server itself: bad header, too large, unknown encoding",
                          {{"server", server}})),
      handler_errors(metrics.counter("stream_http_handler_errors_total", "Exceptions of handlers",
                                     {{"server", server}})),
      slow_headers(late(metrics, server, "header")),
      slow_bodies(late(metrics, server, "body")),
      slow_readers(late(metrics, server, "answer_taken")),
      idle(late(metrics, server, "next_request")),
      broken(metrics.counter("stream_http_broken_total",
                             "Peers that left in the middle of a request or an answer",
                             {{"server", server}})),
      open(metrics.gauge("stream_http_open_connections", "Connections open now", {{"server", server}})) {}

ServerState::ServerState(const ServerOptions& options_in, Handler& handler_in, Metrics& metrics,
                         std::string name_in)
    : options(options_in), handler(handler_in), name(std::move(name_in)), counters(metrics, name) {}

}  // namespace stream::http
