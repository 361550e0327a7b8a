#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "response_head.hpp"
#include "stream/common/log.hpp"
#include "stream/http/server.hpp"

namespace stream::http {

struct Router::Impl {
  using Methods = std::map<std::string, Route, std::less<>>;

  struct Job {
    const Route* route;
    Request request;
    Respond respond;
  };

  Impl(std::size_t queue, std::size_t max_body) : queue_limit(queue), max_body_bytes(max_body) {}

  // The routes of the longest path that matches, or null.
  const Methods* find(std::string_view path) const {
    if (const auto exact = routes.find(path); exact != routes.end()) return &exact->second;
    for (auto slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/', slash - 1)) {
      if (const auto below = routes.find(path.substr(0, slash + 1)); below != routes.end())
        return &below->second;
      if (slash == 0) break;
    }
    return nullptr;
  }

  void work(const std::stop_token& stop);

  const std::size_t queue_limit;
  const std::size_t max_body_bytes;
  std::map<std::string, Methods, std::less<>> routes;  // fixed once the server runs

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
    } catch (const std::exception& problem) {
      log::error("route_failed", {{"path", job.request.path}, {"reason", problem.what()}});
      response = error_response(500, "internal error");
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
  impl_->routes[std::move(path)][std::move(method)] = std::move(route);
}

HeadDecision Router::on_head(const RequestHead& head) {
  const Impl::Methods* methods = impl_->find(head.path);
  if (methods == nullptr) return error_response(404, "no such path");
  if (methods->find(head.method) == methods->end()) {
    Response refusal = error_response(405, "this path has no such method");
    std::string& allowed = refusal.headers["Allow"];
    for (const auto& [method, route] : *methods) {
      if (!allowed.empty()) allowed += ", ";
      allowed += method;
    }
    return refusal;
  }
  return impl_->max_body_bytes;
}

void Router::on_request(Request request, Respond respond) {
  const Impl::Methods* methods = impl_->find(request.path);
  const Route* route = &methods->find(request.method)->second;  // on_head found both
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->jobs.size() < impl_->queue_limit) {
      impl_->jobs.push_back({route, std::move(request), std::move(respond)});
      impl_->arrived.notify_one();
      return;
    }
  }
  Response busy = error_response(503, "too many requests are waiting");
  busy.headers["Retry-After"] = "1";
  respond(std::move(busy));
}

}  // namespace stream::http
