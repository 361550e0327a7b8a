// What the connections of one server share: options, counters, the list of them.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <string>

#include "stream/common/metrics.hpp"
#include "stream/common/rate_limit.hpp"
#include "stream/http/server.hpp"

namespace stream::http {

struct ServerCounters {
  ServerCounters(Metrics& metrics, const std::string& server);

  Counter connections;            // accepted
  Counter connections_refused;    // over max_connections, and none of them idle
  Counter connections_displaced;  // idle, closed to make room for others
  Counter accept_errors;          // out of descriptors or memory
  Counter requests;               // whole headers
  Counter refused;                // answered by the server itself: a header it cannot take
  Counter handler_errors;         // exceptions
  Counter slow_headers, slow_bodies, slow_readers, idle;  // closed for missing a deadline
  Counter broken;  // the peer left in the middle of a request or an answer
  Gauge open;
};

using SessionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
class Session;
using SessionList = boost::intrusive::list<Session, boost::intrusive::base_hook<SessionHook>,
                                           boost::intrusive::constant_time_size<false>>;

// What the connections of one server share. Confined to the I/O thread.
struct ServerState {
  ServerState(const ServerOptions& options_in, Handler& handler_in, Metrics& metrics, std::string name_in);

  const ServerOptions options;
  Handler& handler;
  const std::string name;
  ServerCounters counters;
  RateLimit handler_error_log{std::chrono::seconds(10)};
  SessionList sessions;
  std::size_t open = 0;
  // Headers are read into it, so that idle connections hold no buffer. It is small because what follows the
  // header in it is copied to the body.
  std::array<char, 4096> scratch;
};

}  // namespace stream::http
