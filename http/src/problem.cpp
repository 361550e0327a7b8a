#include "stream/http/problem.hpp"

#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

namespace stream::http {

using nlohmann::json;

Response problem(unsigned status, std::string_view detail, const std::vector<Fault>& faults) {
  const auto title = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  json body = {{"type", "about:blank"},
               {"title", std::string(title.data(), title.size())},
               {"status", status},
               {"detail", detail}};
  for (const Fault& fault : faults) {
    body["errors"].push_back({{"where", fault.where}, {"found", fault.found}, {"expected", fault.expected}});
  }
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

}  // namespace stream::http
