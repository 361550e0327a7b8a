#include "task_face.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "json_answer.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/http/uri.hpp"
#include "task_json.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kPatience{8};

json changed(const std::string& task_id, const std::optional<Changes>& changes) {
  json body = {{"task", task_id}};
  if (!changes) return body;
  json& algorithms = body["algorithms"] = json::array();
  for (const AlgorithmChange& change : *changes) {
    algorithms.push_back({{"type", change.type}, {"name", change.name}, {"change", name_of(change.change)}});
  }
  return body;
}

http::Response list(const TaskService& service, const http::Request&) {
  json tasks = json::array();
  for (const json& described : service.describe_all()) tasks.push_back(task_json(described));
  return answer(200, {{"tasks", std::move(tasks)}});
}

http::Response create(TaskService& service, const http::Request& request) {
  const auto made = service.make(request.body);
  if (!made) return refused(made.error());
  http::Response response = answer(made->is_new ? 201 : 200, changed(made->task_id, made->changes));
  if (made->is_new) response.headers["Location"] = "/api/v1/tasks/" + http::percent_encoded(made->task_id);
  return response;
}

http::Response show(const TaskService& service, const http::Request& request) {
  const std::string& id = request.path_values[0];
  const auto described = service.describe(id);
  if (!described) return refused({ErrorCode::kNotFound, "found no task " + describe_json(id)});
  return answer(200, task_json(*described));
}

http::Response change(TaskService& service, const http::Request& request) {
  const std::string& id = request.path_values[0];
  const auto changes = service.change(id, request.body);
  return changes ? answer(200, changed(id, *changes)) : refused(changes.error());
}

http::Response remove(TaskService& service, const http::Request& request) {
  const std::string& id = request.path_values[0];
  const auto done = service.forget(id);
  return done ? answer(200, {{"task", id}}) : refused(done.error());
}

}  // namespace

void add_task_routes(http::Router& router, TaskService& service) {
  const auto add = [&](const char* method, const char* path, auto verb) {
    router.add(method, path, [&service, verb](const http::Request& request) {
      if (!service.records().wait_until_known(kPatience)) {
        return refused({ErrorCode::kUnavailable, "starting: the tasks are not known yet, try again"});
      }
      return verb(service, request);
    });
  };
  add("GET", "/api/v1/tasks", list);
  add("POST", "/api/v1/tasks", create);
  add("GET", "/api/v1/tasks/{id}", show);
  add("PUT", "/api/v1/tasks/{id}", change);
  add("DELETE", "/api/v1/tasks/{id}", remove);
}

}  // namespace stream::api
