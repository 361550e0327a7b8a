// Tasks over REST, for operators and their tools:
//
//   GET    /api/v1/tasks        all, with their full state
//   POST   /api/v1/tasks        creates one, or changes the one of its TaskID; see TaskService::make()
//   GET    /api/v1/tasks/<id>   one, with its full state and the last lines of each process's log
//   PUT    /api/v1/tasks/<id>   gives a task another definition, as a create has it; its TaskID must be <id>
//   DELETE /api/v1/tasks/<id>   stops it and forgets it
//
// <id> is percent-encoded. A state is what task_json() makes of it. POST and PUT are answered with {"task",
// "algorithms": [{"type", "name", "change"}]}; `change` is unchanged, rules changed, restarted, added or
// removed, and without "algorithms" it is done but what it changed was not heard in time. 201 (with Location)
// when a POST has made a new task, else 200. Errors are problems (json_answer.hpp) with 400, 404, 405, 409
// (another node runs it) or 503 (try again). No password in an answer. Blocks its worker as long as
// TaskService does; for log lines of another api-node half a second at most.
#pragma once

#include "log_face.hpp"
#include "stream/http/server.hpp"
#include "task_service.hpp"

namespace stream::api {

// What is given must outlive the router.
void add_task_routes(http::Router& router, TaskService& service, const LogFace& logs);

}  // namespace stream::api
