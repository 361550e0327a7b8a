#include "task_face.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "json_answer.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kPatience{8};

http::Response change(TaskService& service, const http::Request& request) {
  const std::string& id = request.path_values[0];
  if (!service.records().wait_until_known(kPatience)) {
    return refused({ErrorCode::kUnavailable, "starting: the tasks are not known yet, try again"});
  }
  const auto changes = service.change(id, request.body);
  if (!changes) return refused(changes.error());
  json body = {{"task", id}};
  if (*changes) {
    json& algorithms = body["algorithms"] = json::array();
    for (const AlgorithmChange& change : **changes) {
      algorithms.push_back(
          {{"type", change.type}, {"name", change.name}, {"change", name_of(change.change)}});
    }
  }
  return answer(200, body);
}

}  // namespace

void add_task_routes(http::Router& router, TaskService& service) {
  router.add("PUT", "/api/v1/tasks/{id}",
             [&service](const http::Request& request) { return change(service, request); });
}

}  // namespace stream::api
