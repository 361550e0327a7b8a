// What one POST came to. A value.
#pragma once

#include <chrono>
#include <string>

namespace stream::reporter {

struct Answer {
  enum class Failure {
    kNone,       // a whole answer: status and body are valid
    kConnect,    // no connection: refused, unreachable, name unknown
    kTls,        // no agreement, or a certificate that does not verify
    kTimeout,    // connection, sending or answer took too long
    kReset,      // the connection ended before the whole answer was there
    kCancelled,  // by us, because the node stops
  };

  Failure failure = Failure::kNone;
  bool begun = true;   // false: nothing can have reached a receiver
  int status = 0;      // HTTP status, 0 when none came
  std::string body;    // at most Poster's limit
  bool cut = false;    // there was more
  std::string detail;  // of a failure, for people
  std::chrono::milliseconds took{0};
  std::chrono::milliseconds retry_after{0};  // read_retry_after() of its headers
};

}  // namespace stream::reporter
