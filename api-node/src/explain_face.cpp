#include "explain_face.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <string_view>
#include <utility>

#include "json_answer.hpp"
#include "stream/common/duration.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/http/get.hpp"
#include "stream/http/uri.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "task_json.hpp"
#include "task_service.hpp"

namespace stream::api {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kUsually{30};
constexpr DurationRange kLast{std::chrono::seconds(1), std::chrono::minutes(10)};
constexpr std::ptrdiff_t kMostAtATime = 4;
constexpr std::chrono::seconds kForOne{6};   // a logic-node takes at most 5
constexpr std::chrono::seconds kForAll{10};  // streamctl waits 15
constexpr std::size_t kMostBytes = 4 << 20;  // a logic-node sends at most 1

class ExplainFace {
 public:
  explicit ExplainFace(ExplainTools tools) : tools_(std::move(tools)) {}

  http::Response explain(const http::Request& request);

 private:
  Result<json> explain(const std::string& task_id, std::chrono::milliseconds last) const;
  // What the logic-node that has it says; its name is put into `node` as soon as it is known.
  Result<json> ask_owner(const std::string& task_id, std::uint32_t algorithm, std::chrono::milliseconds last,
                         Clock::time_point until, std::string& node) const;
  Result<NodeRecord> find_owner(const std::string& task_id, std::uint32_t algorithm) const;

  const ExplainTools tools_;
  std::counting_semaphore<kMostAtATime> free_{kMostAtATime};
};

http::Response ExplainFace::explain(const http::Request& request) {
  std::chrono::milliseconds last = kUsually;
  if (const auto text = http::query_parameter(request.query, "last"); !text.empty()) {
    auto read = parse_duration(text, kLast);
    if (!read) return refused(std::move(read.error()).within("last"));
    last = *read;
  }
  if (!tools_.tasks.records().known()) {
    return refused({ErrorCode::kUnavailable, "starting: the tasks are not known yet, try again"});
  }
  if (!free_.try_acquire()) {
    return refused({ErrorCode::kUnavailable, "busy with other explanations, try again"});
  }
  const std::unique_ptr<ExplainFace, void (*)(ExplainFace*)> turn(this,
                                                                  [](auto* face) { face->free_.release(); });
  const auto explained = explain(request.path_values[0], last);
  return explained ? answer(200, *explained) : refused(explained.error());
}

Result<json> ExplainFace::explain(const std::string& task_id, std::chrono::milliseconds last) const {
  const auto described = tools_.tasks.describe(task_id);
  if (!described) return fail(ErrorCode::kNotFound, "found no task {}", describe_json(task_id));
  const auto until = Clock::now() + kForAll;
  json algorithms = json::array();
  std::string errors;
  bool any = false;
  const json task = task_json(*described);
  for (const json& algorithm : task["algorithms"]) {
    const auto index = static_cast<std::uint32_t>(algorithms.size());
    std::string node;
    auto explained = ask_owner(task_id, index, last, std::min(until, Clock::now() + kForOne), node);
    json entry = explained ? *std::move(explained) : json{{"error", explained.error().message}};
    if (explained) {
      any = true;
    } else {
      errors += fmt::format("{}algorithm {} ({}): {}", errors.empty() ? "" : "; ", index,
                            algorithm["name"].get_ref<const std::string&>(), explained.error().message);
    }
    entry["algorithm"] = index;
    entry["name"] = algorithm["name"];
    entry["type"] = algorithm["type"];
    entry["process"] = algorithm;
    entry["node"] = node;
    algorithms.push_back(std::move(entry));
  }
  if (!any) return fail(ErrorCode::kUnavailable, "{}", errors);
  return json{{"task", task_id}, {"last_ms", last.count()}, {"algorithms", std::move(algorithms)}};
}

Result<json> ExplainFace::ask_owner(const std::string& task_id, std::uint32_t algorithm,
                                    std::chrono::milliseconds last, Clock::time_point until,
                                    std::string& node) const {
  const auto owner = find_owner(task_id, algorithm);
  if (!owner) return tl::unexpected(owner.error());
  node = owner->node;
  const auto& address = owner->admin_address;
  // The state's key is st/<task>/<algorithm>.
  const auto target =
      fmt::format("/explain/{}?last_ms={}",
                  topics::state_key(task_id, algorithm).substr(topics::kStateKeys.size()), last.count());
  const auto got = http::get(address, target, until, kMostBytes);
  if (!got) {
    return fail(ErrorCode::kUnavailable,
                "logic-node {} cannot be reached: {}; its admin_listen must be an address that this node "
                "reaches",
                node, got.error().message);
  }
  auto body = json::parse(got->body, nullptr, false);
  if (got->status == 200 && body.is_object()) return body;
  const auto why = body.is_object() ? body.find("detail") : body.end();
  return fail(ErrorCode::kUnavailable, "logic-node {} answers with status {}{}", node, got->status,
              why != body.end() && why->is_string() ? ": " + why->get<std::string>() : "");
}

Result<NodeRecord> ExplainFace::find_owner(const std::string& task_id, std::uint32_t algorithm) const {
  const auto entry = tools_.bus.get(topics::state_key(task_id, algorithm));
  if (!entry) return tl::unexpected(entry.error());
  const auto owned = *entry ? decode<OwnedState>((*entry)->value) : OwnedState{};
  if (!owned || owned->owner.empty()) {
    return fail(ErrorCode::kUnavailable, "no logic-node works on it: is one up? (streamctl nodes)");
  }
  const auto nodes = tools_.members.live("logic");
  const auto owner = std::find_if(nodes.begin(), nodes.end(), [&](const NodeRecord& node) {
    return node.node == owned->owner && node.boot == owned->owner_boot;
  });
  if (owner == nodes.end()) {
    return fail(ErrorCode::kUnavailable,
                "logic-node {}, which had it, is gone, and no other has taken it over yet; try again",
                owned->owner);
  }
  return *owner;
}

}  // namespace

void add_explain_route(http::Router& router, const ExplainTools& tools) {
  const auto face = std::make_shared<ExplainFace>(tools);
  router.add("GET", "/api/v1/tasks/{id}/explain",
             [face](const http::Request& request) { return face->explain(request); });
}

}  // namespace stream::api
