// GET /api/v1/tasks/<id>/logs: what the stream processes of a task have written.
//
//   ?algorithm=0   which of the task's
//   &lines=100     at most so many, the last ones; 1 to 10000
//   &after=<next>  only what came since the page that gave this `next`
//
// 200 with {"algorithm", "lines", "next", "gap"}: passwords are masked; `gap` says that lines before these
// are not there any more, or were too many. Errors are problems (json_answer.hpp) with 400, 404 (no such task
// or algorithm), 409 (its processes are on another node, which is named) or 503 (try again).
#pragma once

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
  LogFace(const TaskBook& book, const StreamLauncher& launcher, std::string node_name);

  // `query`: of the request's address.
  http::Response show(const std::string& task_id, std::string_view query) const;

 private:
  const TaskBook& book_;
  const StreamLauncher& launcher_;
  const std::string node_name_;
};

// What is given must outlive the router.
void add_log_routes(http::Router& router, TaskService& service, const LogFace& logs);

}  // namespace stream::api
