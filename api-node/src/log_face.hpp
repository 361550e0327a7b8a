// GET /api/v1/tasks/<id>/logs: what the stream processes of a task have written.
//
//   ?algorithm=0   which of the task's
//   &lines=100     at most so many, the last ones; 1 to 10000
//   &after=<next>  only what came since the page that gave this `next`
//
// 200 with {"algorithm", "lines", "next", "gap"}: passwords are masked; `gap` says that lines before these
// are not there any more, or were too many. A task of another api-node: that is asked, on its admin server.
// Errors are problems (json_answer.hpp) with 400, 404 (no such task or algorithm) or 503 (try again; the
// other node does not answer).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "stream/http/server.hpp"
#include "stream_launcher.hpp"
#include "task_book.hpp"
#include "task_service.hpp"

namespace stream::api {

// Thread-safe.
class LogFace {
 public:
  // What it is given must outlive it.
  LogFace(const TaskBook& book, const StreamLauncher& launcher, LiveNodes live_nodes, std::string node_name);

  // `query`: of the request's address. Of a task of another api-node: what that answers within `patience`.
  http::Response show(const std::string& task_id, std::string_view query,
                      std::chrono::milliseconds patience = std::chrono::seconds(5)) const;
  // The same for that other one: of tasks of this node only.
  http::Response show_own(const std::string& task_id, std::string_view query) const;

 private:
  http::Response show(const TaskRecord& record, std::string_view query) const;
  http::Response ask(const std::string& api_node, const std::string& task_id, std::string_view query,
                     std::chrono::milliseconds patience) const;

  const TaskBook& book_;
  const StreamLauncher& launcher_;
  const LiveNodes live_nodes_;
  const std::string node_name_;
};

// What is given must outlive the router.
void add_log_routes(http::Router& router, TaskService& service, const LogFace& logs);

// GET /logs/<id> on the admin server: for the other api-nodes.
void add_peer_log_routes(http::Router& router, const LogFace& logs);

}  // namespace stream::api
