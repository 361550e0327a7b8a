// GET /api/v1/tasks/<id>/explain[?last=30s]: why there was no alarm. <id> is percent-encoded, `last` is from
// 1s to 10m. Each algorithm of the task is explained by the logic-node that has it
// (docs/how-to/why-no-alarm.md says what the answer means), with the state of its stream process beside it.
//
// Errors are 400 (id, last), 404 (no such task) and 503 (no algorithm could be explained: nobody has it, or
// who has it cannot be reached; or the broker does not answer; or too many ask). When only some of the
// algorithms cannot be explained these have "error" in their places.
#pragma once

#include "stream/bus/bus.hpp"
#include "stream/http/server.hpp"
#include "stream/ownership/membership.hpp"

namespace stream::api {

class TaskService;

struct ExplainTools {
  TaskService& tasks;
  const ownership::Membership& members;
  bus::Bus& bus;
};

// What the tools refer to must outlive the router. At most four requests of the router's threads are at it at
// a time, each for some ten seconds at most.
void add_explain_route(http::Router& router, const ExplainTools& tools);

}  // namespace stream::api
