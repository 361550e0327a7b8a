#include "explainer.hpp"

#include <charconv>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "stream/common/clock.hpp"
#include "stream/http/problem.hpp"
#include "stream/http/uri.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

using nlohmann::json;

constexpr std::string_view kPath = "/explain/";
constexpr unsigned kBadRequest = 400, kNotFound = 404, kUnavailable = 503;

std::optional<std::chrono::milliseconds> read_last(std::string_view text) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, bad] = std::from_chars(text.data(), end, number);
  const std::chrono::milliseconds last(number);
  if (bad != std::errc{} || rest != end || last < Explainer::kShortest || last > Explainer::kLongest) {
    return std::nullopt;
  }
  return last;
}

}  // namespace

http::Response Explainer::answer(const http::Request& request) {
  const auto last_text = http::query_parameter(request.query, "last_ms");
  const auto last = read_last(last_text);
  if (!last) {
    const auto found = fmt::format("\"{}\"", last_text);
    const auto expected = fmt::format("{} to {}", kShortest.count(), kLongest.count());
    return http::problem(kBadRequest, fmt::format("last_ms: found {}, expected {}", found, expected),
                         {{"last_ms", found, expected}});
  }
  // A task's encoded name is the same in a path and in a key.
  const auto unit = find_unit_(std::string(topics::kStateKeys) + request.path.substr(kPath.size()));
  std::optional<LookBack> look_at;
  if (unit) {
    const std::lock_guard lock(unit->mutex);
    look_at = unit->run.look_back();
  }
  if (!look_at) return http::problem(kNotFound, "this logic-node is not at work on this task and algorithm");
  if (!free_.try_acquire()) return http::problem(kUnavailable, "busy with other explanations, try again");
  const std::unique_ptr<Explainer, void (*)(Explainer*)> turn(this,
                                                              [](auto* self) { self->free_.release(); });
  const auto from_us = unix_us() - std::chrono::microseconds(*last).count();
  http::Response response;
  response.body =
      to_json(look_back(*look_at, from_us, replay_)).dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

http::AdminRoutes Explainer::routes() {
  http::AdminRoutes routes;
  routes.slow = kMost;
  routes.add = [this](http::Router& router) {
    router.add("GET", std::string(kPath), [this](const http::Request& request) { return answer(request); });
  };
  return routes;
}

}  // namespace stream::logic
