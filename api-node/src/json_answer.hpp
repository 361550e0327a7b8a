// Answers under /api/v1.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "stream/common/result.hpp"
#include "stream/http/problem.hpp"
#include "stream/http/server.hpp"

namespace stream::api {

// `body` as text; bytes that are no UTF-8 are replaced.
http::Response answer(unsigned status, const nlohmann::json& body);

// A problem (stream/http/problem.hpp) with 400, 404, 409, 503 or 500, by the error's code; its text,
// passwords masked, is the detail and, when it has the form of an error about input, also told apart in
// "errors".
http::Response refused(const Error& error);

// "<where>: found <found>, expected <expected>", the form of errors about input, taken apart; `where` may be
// missing. Empty for another text.
std::vector<http::Fault> faults_in(std::string_view text);

}  // namespace stream::api
