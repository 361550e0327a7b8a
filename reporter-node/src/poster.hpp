// The HTTP client: one POST of one report.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "answer.hpp"
#include "resolver.hpp"
#include "socket_deadlines.hpp"
#include "stream/common/report_url.hpp"
#include "stream/common/result.hpp"

namespace stream::reporter {

struct PosterOptions {
  std::chrono::milliseconds connect_timeout{3000};    // per address of the host, agreement on TLS included
  std::chrono::milliseconds send_timeout{15000};      // for the whole request
  std::chrono::milliseconds answer_timeout{15000};    // from the end of the request to the end of the answer
  std::size_t answer_bytes = std::size_t{64} * 1024;  // of the answer's body; what follows is not read
  std::string ca_file;  // PEM; trusted instead of the system's certificates; empty = the system's
};

using Headers = std::map<std::string, std::string>;

// A connection per POST: alarms are rare, and on a kept connection a receiver's idle time-out would look like
// a lost alarm. Redirects are answers like any other. Of a name with several addresses the first three are
// tried, each for `connect_timeout`; looking the name up may take that long, too. Thread-safe.
class Poster {
 public:
  // kInvalid when ca_file holds no certificates.
  static Result<std::unique_ptr<Poster>> create(PosterOptions options);

  // Blocks. `body` as application/json, with `headers` besides.
  Answer post(const ReportUrl& url, const Headers& headers, std::string_view body);

  // Every POST that is under way, and every later one, fails with kCancelled soon.
  void cancel_all() { deadlines_.cancel_all(); }

 private:
  explicit Poster(PosterOptions options) : options_(std::move(options)) {}

  Answer post_to(const std::string& address, const ReportUrl& url, const Headers& headers,
                 std::string_view body);

  const PosterOptions options_;
  Resolver resolver_;
  SocketDeadlines deadlines_;
};

}  // namespace stream::reporter
