// What a refused request is answered with: RFC 9457, application/problem+json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stream/http/server.hpp"

namespace stream::http {

// One thing that is wrong with the request.
struct Fault {
  std::string where;  // of its body: a JSON pointer; else what it is, a parameter for example; may be empty
  std::string found;
  std::string expected;
};

// {"type": "about:blank", "title", "status", "detail"} and, when there are faults, "errors": [{"where",
// "found", "expected"}]. The title is the status's name; bytes that are no UTF-8 are replaced. No text may
// hold a secret.
Response problem(unsigned status, std::string_view detail, const std::vector<Fault>& faults = {});

}  // namespace stream::http
