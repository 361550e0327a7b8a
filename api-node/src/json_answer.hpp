// Answers under /api/v1.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "stream/common/result.hpp"
#include "stream/http/server.hpp"

namespace stream::api {

// `body` as text; bytes that are no UTF-8 are replaced.
http::Response answer(unsigned status, const nlohmann::json& body);

// {"error": "<its text, passwords masked>"} with 400, 404, 409, 503 or 500, by the error's code.
http::Response refused(const Error& error);

}  // namespace stream::api
