// Everything that is served on the api-node's port.
//
// /task/create, /task/list, /task/query and /task/delete, as application-web expects them: whatever happens,
// the answer to a /task/ request is HTTP 200 with {"Code", "Msg"} and perhaps "Result".
//
// list and query are answered on the server's own thread, from memory, so that nothing that waits can delay
// them; create and delete run on the router's threads, and so does everything until the tasks in the KV are
// known: it waits for them. Changes of tasks (task_face.hpp), alarms (alarm_face.hpp), GET /api/v1/algorithms
// (Algorithms::list()), /metrics, /healthz and /readyz are served as well.
#pragma once

#include <cstddef>
#include <cstdint>

#include "algorithms.hpp"
#include "log_face.hpp"
#include "stream/common/metrics.hpp"
#include "stream/http/admin.hpp"
#include "stream/http/server.hpp"
#include "task_service.hpp"

namespace stream::api {

// Thread-safe. Must outlive the server it is given to.
class RestFace final : public http::Handler {
 public:
  RestFace(TaskService& service, const LogFace& logs, const Algorithms& algorithms, bus::Bus& bus,
           Metrics& metrics, http::Readiness readiness, std::size_t max_body_bytes);

  http::HeadDecision on_head(const http::RequestHead& head) override;
  void on_request(http::Request request, http::Respond respond) override;

 private:
  http::HeadDecision on_v1_head(const http::RequestHead& head);
  // Counts the answer and writes it as application-web reads it.
  http::Response answered(std::string_view verb, const Answer& answer) const;

  TaskService& service_;
  Metrics& metrics_;
  const std::size_t max_body_bytes_;
  http::Router router_;  // last: its threads use the members above
};

}  // namespace stream::api
