// Everything that is served on the api-node's port.
//
// /task/create, /task/list, /task/query and /task/delete, as application-web expects them: whatever happens,
// the answer to a /task/ request is HTTP 200 with {"Code", "Msg"} and perhaps "Result".
//
// list and query are answered on the server's own thread, from memory, so that nothing that waits can delay
// them; create and delete run on the router's threads, and so does everything until the tasks in the KV are
// known: it waits for them.
//
// Everything under /api/v1 (api-node/openapi.json says what that is), /metrics, /healthz and /readyz.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "algorithms.hpp"
#include "api_token.hpp"
#include "log_face.hpp"
#include "stream/common/metrics.hpp"
#include "stream/http/admin.hpp"
#include "stream/http/server.hpp"
#include "stream/ownership/membership.hpp"
#include "task_service.hpp"

namespace stream::api {

// What is shown and changed.
struct RestFaceParts {
  TaskService& tasks;
  const LogFace& logs;
  const Algorithms& algorithms;
  const ownership::Membership& members;
  bus::Bus& bus;
};

struct RestFaceOptions {
  std::size_t max_body_bytes = 1 << 20;
  std::optional<ApiToken> token{};  // what requests under /api/v1 must bear; empty: nothing
  bool legacy = true;               // /task/* is answered; else it is a path like any unknown one
};

// Thread-safe. Must outlive the server it is given to.
class RestFace final : public http::Handler {
 public:
  // What `parts` refers to must outlive it.
  RestFace(const RestFaceParts& parts, Metrics& metrics, http::Readiness readiness, RestFaceOptions options);

  // Of all paths but /task/.
  std::vector<http::Router::Entry> routes() const { return router_.routes(); }

  http::HeadDecision on_head(const http::RequestHead& head) override;
  void on_request(http::Request request, http::Respond respond) override;

 private:
  bool is_legacy(std::string_view path) const;
  http::HeadDecision on_v1_head(const http::RequestHead& head);
  http::Response unauthorized(const http::RequestHead& head) const;
  // Counts the answer and writes it as application-web reads it.
  http::Response answered(std::string_view verb, const Answer& answer) const;

  TaskService& service_;
  Metrics& metrics_;
  const RestFaceOptions options_;
  const Counter unauthorized_;
  http::Router router_;  // last: its threads use the members above
};

}  // namespace stream::api
