#include "log_face.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "json_answer.hpp"
#include "output_log.hpp"
#include "stream/http/get.hpp"
#include "stream/http/uri.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kPatience{8};
constexpr std::size_t kMostOfOthers = 64 << 20;  // bytes
constexpr std::uint32_t kUsuallyShown = 100;
constexpr std::uint32_t kMostShown = 10'000;

Result<std::uint32_t> read_number(std::string_view query, std::string_view name, std::uint32_t usual,
                                  std::uint32_t least, std::uint32_t most) {
  const std::string_view text = http::query_parameter(query, name);
  if (text.empty()) return usual;
  std::uint32_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc{} || end != text.data() + text.size() || number < least || number > most) {
    return fail(ErrorCode::kInvalid, "{}: found \"{}\", expected {} to {}", name, text, least, most);
  }
  return number;
}

}  // namespace

LogFace::LogFace(const TaskBook& book, const StreamLauncher& launcher, LiveNodes live_nodes,
                 std::string node_name)
    : book_(book),
      launcher_(launcher),
      live_nodes_(std::move(live_nodes)),
      node_name_(std::move(node_name)) {}

http::Response LogFace::show(const std::string& task_id, std::string_view query,
                             std::chrono::milliseconds patience) const {
  const auto task = book_.find(task_id);
  if (!task) return refused({ErrorCode::kNotFound, fmt::format("found no task \"{}\"", task_id)});
  if (task->record->api_node == node_name_) return show(*task->record, query);
  return ask(task->record->api_node, task_id, query, patience);
}

http::Response LogFace::show_own(const std::string& task_id, std::string_view query) const {
  const auto task = book_.find(task_id);
  if (!task || task->record->api_node != node_name_) {
    return refused({ErrorCode::kNotFound, fmt::format("api-node {} does not run it (any more)", node_name_)});
  }
  return show(*task->record, query);
}

http::Response LogFace::ask(const std::string& api_node, const std::string& task_id, std::string_view query,
                            std::chrono::milliseconds patience) const {
  const auto nodes = live_nodes_("api");
  const auto owner =
      std::find_if(nodes.begin(), nodes.end(), [&](const NodeRecord& node) { return node.node == api_node; });
  if (owner == nodes.end()) {
    return refused({ErrorCode::kUnavailable,
                    fmt::format("api-node {}, which runs the task, does not answer", api_node)});
  }
  const auto target =
      fmt::format("/logs/{}{}{}", http::percent_encoded(task_id), query.empty() ? "" : "?", query);
  auto got =
      http::get(owner->admin_address, target, std::chrono::steady_clock::now() + patience, kMostOfOthers);
  if (!got) {
    return refused(
        {ErrorCode::kUnavailable,
         fmt::format(
             "api-node {} cannot be reached: {}; its admin_listen must be an address that this node reaches",
             api_node, got.error().message)});
  }
  http::Response response;
  response.status = got->status;
  response.content_type = std::move(got->content_type);
  response.body = std::move(got->body);
  return response;
}

http::Response LogFace::show(const TaskRecord& record, std::string_view query) const {
  constexpr std::uint32_t kAny = 0xffffffff;
  const auto algorithm = read_number(query, "algorithm", 0, 0, kAny);
  const auto lines = read_number(query, "lines", kUsuallyShown, 1, kMostShown);
  if (!algorithm || !lines) return refused(algorithm ? lines.error() : algorithm.error());
  if (*algorithm >= record.algorithms.size()) {
    return refused(
        {ErrorCode::kNotFound, fmt::format("algorithm: found {}, but the task has {}, counted from 0",
                                           *algorithm, record.algorithms.size())});
  }
  const auto page = read_log(launcher_.log_file(record, *algorithm),
                             {*lines, std::string(http::query_parameter(query, "after"))});
  if (!page) return refused(page.error());
  return answer(
      200, {{"algorithm", *algorithm}, {"lines", page->lines}, {"next", page->next}, {"gap", page->gap}});
}

void add_log_routes(http::Router& router, TaskService& service, const LogFace& logs) {
  router.add("GET", "/api/v1/tasks/{id}/logs", [&service, &logs](const http::Request& request) {
    if (!service.records().wait_until_known(kPatience)) {
      return refused({ErrorCode::kUnavailable, "starting: the tasks are not known yet, try again"});
    }
    return logs.show(request.path_values[0], request.query);
  });
}

void add_peer_log_routes(http::Router& router, const LogFace& logs) {
  router.add("GET", "/logs/{id}", [&logs](const http::Request& request) {
    return logs.show_own(request.path_values[0], request.query);
  });
}

}  // namespace stream::api
