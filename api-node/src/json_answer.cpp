#include "json_answer.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "stream/common/secrets.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

unsigned status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kInternal:
      break;
  }
  return 500;
}

}  // namespace

http::Response answer(unsigned status, const json& body) {
  http::Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

http::Response refused(const Error& error) {
  const std::string text = mask_secrets(error.message);
  http::Response response = http::problem(status_of(error.code), text, faults_in(text));
  if (error.code == ErrorCode::kUnavailable) response.headers["Retry-After"] = "1";
  return response;
}

std::vector<http::Fault> faults_in(std::string_view text) {
  constexpr std::string_view kFound = "found ";
  constexpr std::string_view kExpected = ", expected ";
  constexpr std::string_view kColon = ": ";
  std::string_view where;
  std::string_view rest = text;
  if (!rest.starts_with(kFound)) {
    const auto end = text.find(": found ");
    if (end == std::string_view::npos) return {};
    where = text.substr(0, end);
    rest = text.substr(end + kColon.size());
  }
  rest.remove_prefix(kFound.size());
  const auto comma = rest.rfind(kExpected);  // what was found may hold the words as well
  if (comma == std::string_view::npos) return {};
  return {{std::string(where), std::string(rest.substr(0, comma)),
           std::string(rest.substr(comma + kExpected.size()))}};
}

}  // namespace stream::api
