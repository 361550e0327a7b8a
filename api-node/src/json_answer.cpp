#include "json_answer.hpp"

#include <nlohmann/json.hpp>

#include "stream/common/secrets.hpp"

namespace stream::api {

using nlohmann::json;

http::Response answer(unsigned status, const json& body) {
  http::Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

http::Response refused(const Error& error) {
  unsigned status = 500;
  if (error.code == ErrorCode::kInvalid) status = 400;
  if (error.code == ErrorCode::kNotFound) status = 404;
  if (error.code == ErrorCode::kConflict) status = 409;
  if (error.code == ErrorCode::kUnavailable) status = 503;
  return answer(status, {{"error", mask_secrets(error.message)}});
}

}  // namespace stream::api
