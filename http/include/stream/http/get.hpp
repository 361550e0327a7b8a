// One HTTP request between processes, with an end: whatever the peer does, the call returns by the deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "stream/common/result.hpp"

namespace stream::http {

struct Answer {
  unsigned status = 0;
  std::string content_type;
  std::string body;
};

// GET http://`address``target` on a connection of its own, closed afterwards; redirects are not followed.
// `address` is host:port ([host]:port for IPv6), `target` starts with '/' and is sent as it is. Any complete
// answer is a result, whatever its status; kUnavailable when there is none by `deadline`, when it breaks off
// or its body is over `max_body_bytes`. Blocks; thread-safe. Errors name the address but not the target,
// which may hold a key. A host that is a name, not a number, is looked up by the system, which may take its
// own time.
Result<Answer> get(const std::string& address, const std::string& target,
                   std::chrono::steady_clock::time_point deadline, std::size_t max_body_bytes);

// The same for POST with a body of JSON; kNotFound when nothing was sent, since nobody listens there.
Result<Answer> post_json(const std::string& address, const std::string& target, std::string body,
                         std::chrono::steady_clock::time_point deadline, std::size_t max_body_bytes);

}  // namespace stream::http
