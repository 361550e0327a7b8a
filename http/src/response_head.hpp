// Status line and header fields of an answer, as they go out.
#pragma once

#include <string>

#include "stream/http/server.hpp"

namespace stream::http {

std::string response_head(const Response& response, bool keep_alive);

// An answer of the server's own: {"error": "<reason>"}. `reason` is a constant without characters that JSON
// escapes.
Response error_response(unsigned status, std::string_view reason);

}  // namespace stream::http
