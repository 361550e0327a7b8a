#include "rest_face.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "alarm_face.hpp"
#include "explain_face.hpp"
#include "json_answer.hpp"
#include "node_face.hpp"
#include "openapi_document.hpp"
#include "task_face.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

constexpr std::string_view kTaskPaths = "/task/";
constexpr std::string_view kV1Paths = "/api/v1/";
constexpr std::size_t kThreads = 16;
constexpr std::size_t kWaiting = 256;
// A body that is too large is still read up to this, so that the client sees the answer and no reset.
constexpr std::size_t kReadableBytes = 16 << 20;
// A list that says too early that there are no tasks makes application-web mark them all stopped; it waits 15
// s.
constexpr std::chrono::seconds kPatience{8};

// The media type alone, without its parameters.
bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  const auto type = content_type.substr(0, content_type.find_first_of("; \t"));
  return std::equal(type.begin(), type.end(), kJson.begin(), kJson.end(),
                    [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

// As a label: the verbs we know and one name for all others, so that nobody can fill our memory with labels.
std::string verb_of(std::string_view path) {
  for (const std::string_view verb : {"create", "list", "query", "delete"}) {
    if (path == std::string(kTaskPaths) + std::string(verb)) return std::string(verb);
  }
  return "other";
}

Answer refused(std::string message) {
  return {kCodeFailed, std::move(message)};
}

}  // namespace

RestFace::RestFace(const RestFaceParts& parts, Metrics& metrics, http::Readiness readiness,
                   RestFaceOptions options)
    : service_(parts.tasks),
      metrics_(metrics),
      options_(std::move(options)),
      unauthorized_(metrics.counter("stream_api_unauthorized_requests_total",
                                    "Requests under /api/v1 without the right token")),
      router_(kThreads, kWaiting, options_.max_body_bytes) {
  http::add_admin_routes(router_, metrics, std::move(readiness));
  router_.add("GET", "/api/v1/algorithms", [&algorithms = parts.algorithms](const http::Request&) {
    return answer(200, algorithms.list());
  });
  router_.add("GET", "/api/v1/openapi.json", [](const http::Request&) {
    return http::Response{200, std::string(kOpenapiDocument), "application/json", {}};
  });
  add_node_routes(router_, parts.members);
  add_alarm_routes(router_, parts.bus);
  add_task_routes(router_, parts.tasks, parts.logs);
  add_log_routes(router_, parts.tasks, parts.logs);
  add_explain_route(router_, {parts.tasks, parts.members, parts.bus});
  const auto add = [this](const std::string& verb, std::function<Answer(std::string_view)> answer) {
    router_.add("POST", std::string(kTaskPaths) + verb,
                [this, verb, answer = std::move(answer)](const http::Request& request) {
                  if (!service_.records().wait_until_known(kPatience)) {
                    return answered(verb, refused("starting: the tasks are not known yet, try again"));
                  }
                  return answered(verb, answer(request.body));
                });
  };
  if (!options_.legacy) return;
  add("create", [this](std::string_view body) { return service_.create(body); });
  add("delete", [this](std::string_view body) { return service_.remove(body); });
  add("list", [this](std::string_view) { return service_.list(); });
  add("query", [this](std::string_view body) { return service_.query(body); });
}

http::HeadDecision RestFace::on_head(const http::RequestHead& head) {
  if (head.path.starts_with(kV1Paths)) return on_v1_head(head);
  if (!is_legacy(head.path)) return router_.on_head(head);
  const std::string verb = verb_of(head.path);
  if (verb == "other")
    return answered(
        verb,
        refused("found an unknown path, expected /task/create, /task/list, /task/query or /task/delete"));
  if (head.method != "POST") {
    return answered(verb, refused(fmt::format("found the method {}, expected POST", head.method)));
  }
  if (head.content_length.value_or(0) > kReadableBytes) {
    return answered(verb, refused(fmt::format("found a body of {} bytes, expected at most {}",
                                              *head.content_length, options_.max_body_bytes)));
  }
  return std::max(kReadableBytes, options_.max_body_bytes);
}

bool RestFace::is_legacy(std::string_view path) const {
  return options_.legacy && path.starts_with(kTaskPaths);
}

http::HeadDecision RestFace::on_v1_head(const http::RequestHead& head) {
  if (options_.token && !options_.token->admits(head.authorization)) return unauthorized(head);
  auto decision = router_.on_head(head);
  const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
  if (std::holds_alternative<http::Response>(decision) || !has_body || head.content_type.empty() ||
      is_json(head.content_type)) {
    return decision;
  }
  const std::string found = fmt::format("a body of the type {}", head.content_type);
  return http::problem(415, fmt::format("found {}, expected application/json", found),
                       {{"Content-Type", found, "application/json"}});
}

http::Response RestFace::unauthorized(const http::RequestHead& head) const {
  unauthorized_.add();
  const bool none = head.authorization.empty();
  auto response =
      http::problem(401, none ? "found no token, expected Authorization: Bearer <token>"
                              : "found another token, expected the one in the node's api_token_file");
  response.headers["WWW-Authenticate"] =
      none ? R"(Bearer realm="stream-server")" : R"(Bearer realm="stream-server", error="invalid_token")";
  return response;
}

void RestFace::on_request(http::Request request, http::Respond respond) {
  if (!is_legacy(request.path)) {
    router_.on_request(std::move(request), std::move(respond));
    return;
  }
  const std::string verb = verb_of(request.path);
  if (request.body.size() > options_.max_body_bytes) {
    respond(answered(verb, refused(fmt::format("found a body of {} bytes, expected at most {}",
                                               request.body.size(), options_.max_body_bytes))));
  } else if (verb == "list" && service_.records().known()) {
    respond(answered(verb, service_.list()));
  } else if (verb == "query" && service_.records().known()) {
    respond(answered(verb, service_.query(request.body)));
  } else {
    router_.on_request(std::move(request),
                       [this, verb, respond = std::move(respond)](http::Response response) {
                         constexpr unsigned kOk = 200;
                         if (response.status != kOk)
                           response = answered(verb, refused("the server is busy or failed, try again"));
                         respond(std::move(response));
                       });
  }
}

http::Response RestFace::answered(std::string_view verb, const Answer& answer) const {
  metrics_
      .counter("stream_api_requests_total", "Requests of application-web",
               {{"verb", std::string(verb)}, {"code", std::to_string(answer.code)}})
      .add();
  json body = {{"Code", answer.code}, {"Msg", answer.message}};
  if (answer.result) body["Result"] = *answer.result;
  http::Response response;
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

}  // namespace stream::api
