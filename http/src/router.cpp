#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "path_pattern.hpp"
#include "stream/common/log.hpp"
#include "stream/http/problem.hpp"
#include "stream/http/server.hpp"
#include "stream/http/uri.hpp"

namespace stream::http {

struct Router::Impl {
  using Methods = std::map<std::string, Route, std::less<>>;

  struct Match {
    const Methods* methods = nullptr;      // null: no such path
    std::vector<std::string_view> values;  // in the places of the path's names
  };

  struct Job {
    const Route* route;
    Request request;
    Respond respond;
  };

  Impl(std::size_t queue, std::size_t max_body) : queue_limit(queue), max_body_bytes(max_body) {}

  Match find(std::string_view path) const {
    if (const auto exact = routes.find(path); exact != routes.end()) return {&exact->second, {}};
    for (const auto& [pattern, methods] : patterns) {
      if (auto values = pattern.match(path)) return {&methods, *std::move(values)};
    }
    for (auto slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/', slash - 1)) {
      if (const auto below = routes.find(path.substr(0, slash + 1)); below != routes.end())
        return {&below->second, {}};
      if (slash == 0) break;
    }
    return {};
  }

  // Whoever answers GET answers HEAD: the server leaves the body out. nullptr: the method is not allowed.
  static const Route* route_of(const Methods& methods, std::string_view method) {
    auto found = methods.find(method);
    if (found == methods.end() && method == "HEAD") found = methods.find("GET");
    return found == methods.end() ? nullptr : &found->second;
  }
  // As the header Allow has them.
  static std::string allowed(const Methods& methods) {
    std::set<std::string_view> names{"OPTIONS"};
    for (const auto& [method, route] : methods) names.insert(method);
    if (names.contains("GET")) names.insert("HEAD");
    return fmt::format("{}", fmt::join(names, ", "));
  }

  void work(const std::stop_token& stop);

  const std::size_t queue_limit;
  const std::size_t max_body_bytes;
  // Both are fixed once the server runs.
  std::map<std::string, Methods, std::less<>> routes;
  std::vector<std::pair<PathPattern, Methods>> patterns;

  std::mutex mutex;
  std::condition_variable_any arrived;
  std::deque<Job> jobs;  // guarded by mutex

  std::vector<std::jthread> threads;  // last: end before what they use
};

void Router::Impl::work(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex);
    if (!arrived.wait(lock, stop, [&] { return !jobs.empty(); })) return;
    Job job = std::move(jobs.front());
    jobs.pop_front();
    lock.unlock();

    Response response;
    try {
      response = (*job.route)(job.request);
    } catch (const std::exception& exception) {
      log::error("route_failed", {{"path", job.request.path}, {"reason", exception.what()}});
      response = problem(500, "internal error");
    }
    job.respond(std::move(response));
  }
}

Router::Router(std::size_t threads, std::size_t queue, std::size_t max_body_bytes)
    : impl_(std::make_unique<Impl>(queue, max_body_bytes)) {
  for (std::size_t i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get()](const std::stop_token& stop) { impl->work(stop); });
  }
}

Router::~Router() = default;

void Router::add(std::string method, std::string path, Route route) {
  if (path.find('{') == std::string::npos) {
    impl_->routes[std::move(path)][std::move(method)] = std::move(route);
    return;
  }
  auto& patterns = impl_->patterns;
  auto known = std::find_if(patterns.begin(), patterns.end(),
                            [&](const auto& entry) { return entry.first.text() == path; });
  if (known == patterns.end()) {
    known = patterns.emplace(known, PathPattern(std::move(path)), Impl::Methods{});
  }
  known->second[std::move(method)] = std::move(route);
}

std::vector<Router::Entry> Router::routes() const {
  std::vector<Entry> all;
  for (const auto& [path, methods] : impl_->routes) {
    for (const auto& [method, route] : methods) all.push_back({method, path});
  }
  for (const auto& [pattern, methods] : impl_->patterns) {
    for (const auto& [method, route] : methods) all.push_back({method, pattern.text()});
  }
  return all;
}

HeadDecision Router::on_head(const RequestHead& head) {
  const auto [methods, values] = impl_->find(head.path);
  if (methods == nullptr) return problem(404, "no such path");
  if (Impl::route_of(*methods, head.method) == nullptr) {
    const std::string allowed = Impl::allowed(*methods);
    if (head.method == "OPTIONS") return Response{200, {}, {}, {{"Allow", allowed}}};
    const auto found = fmt::format("the method {}", head.method);
    Response refusal =
        problem(405, fmt::format("found {}, expected {}", found, allowed), {{"", found, allowed}});
    refusal.headers["Allow"] = allowed;
    return refusal;
  }
  const bool decodable = std::all_of(values.begin(), values.end(), [](std::string_view value) {
    return percent_decoded(value).has_value();
  });
  if (!decodable) return problem(400, "found a broken path, expected it percent-encoded");
  return impl_->max_body_bytes;
}

void Router::on_request(Request request, Respond respond) {
  const auto [methods, values] = impl_->find(request.path);
  const Route* route = Impl::route_of(*methods, request.method);  // on_head found both
  for (const std::string_view value : values)
    request.path_values.push_back(percent_decoded(value).value_or(""));
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->jobs.size() < impl_->queue_limit) {
      impl_->jobs.push_back({route, std::move(request), std::move(respond)});
      impl_->arrived.notify_one();
      return;
    }
  }
  Response busy = problem(503, "too many requests are waiting");
  busy.headers["Retry-After"] = "1";
  respond(std::move(busy));
}

}  // namespace stream::http
