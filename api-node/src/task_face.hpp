// Changes of tasks over REST, for operators and their tools:
//
//   PUT /api/v1/tasks/<id>   gives a task another definition, as a create has it; its TaskID must be <id>
//
// <id> is percent-encoded. 200 with {"task", "algorithms": [{"type", "name", "change"}]}; `change` is
// unchanged, rules changed, restarted, added or removed, and without "algorithms" it is done but what it
// changed was not heard in time. Errors are problems (json_answer.hpp) with 400, 404, 405, 409 (another node
// runs it) or 503 (try again). No password in an answer.
#pragma once

#include "stream/http/server.hpp"
#include "task_service.hpp"

namespace stream::api {

// `service` must outlive the router.
void add_task_routes(http::Router& router, TaskService& service);

}  // namespace stream::api
