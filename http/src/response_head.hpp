// Status line and header fields of an answer, as they go out.
#pragma once

#include <string>

#include "stream/http/server.hpp"

namespace stream::http {

std::string response_head(const Response& response, bool keep_alive);

}  // namespace stream::http
