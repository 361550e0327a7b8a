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
// A state without its log is better than one that comes late.
constexpr std::chrono::milliseconds kLogPatience{500};
constexpr int kLastLines = 5;

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

// The end of what its processes have written, as far as the api-node that runs it says so at once.
void add_last_log(json& task, const std::string& id, const LogFace& logs) {
  json& algorithms = task["algorithms"];
  const auto until = std::chrono::steady_clock::now() + kLogPatience;
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    const auto shown = logs.show(id, fmt::format("algorithm={}&lines={}", i, kLastLines), left);
    constexpr unsigned kOk = 200;
    if (shown.status != kOk) continue;
    if (auto page = parse_json(shown.body)) algorithms[i]["last_log"] = std::move((*page)["lines"]);
  }
}

http::Response show(const TaskService& service, const LogFace& logs, const http::Request& request) {
  const std::string& id = request.path_values[0];
  const auto described = service.describe(id);
  if (!described) return refused({ErrorCode::kNotFound, "found no task " + describe_json(id)});
  json task = task_json(*described);
  add_last_log(task, id, logs);
  return answer(200, task);
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

void add_task_routes(http::Router& router, TaskService& service, const LogFace& logs) {
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
  add("GET", "/api/v1/tasks/{id}",
      [&logs](const TaskService& tasks, const http::Request& request) { return show(tasks, logs, request); });
  add("PUT", "/api/v1/tasks/{id}", change);
  add("DELETE", "/api/v1/tasks/{id}", remove);
}

}  // namespace stream::api
