// /metrics, /healthz and /readyz: the same three on every node.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "stream/common/metrics.hpp"
#include "stream/common/result.hpp"
#include "stream/http/server.hpp"

namespace stream::http {

// Why the node is not ready, or empty when it is. Called from the server's threads.
using Readiness = std::function<std::string()>;

// Adds the three routes: /metrics (Prometheus text), /healthz (200 as long as the process serves), /readyz
// (200, or 503 with the reason).
void add_admin_routes(Router& router, const Metrics& metrics, Readiness readiness);

// Further routes of an admin server.
struct AdminRoutes {
  std::function<void(Router&)> add = [](Router&) {};
  // Requests for them that may be under way for long at a time: so many, and the three routes still are
  // answered at once. That there are no more is up to the routes.
  std::size_t slow = 0;
};

// A small server of its own with nothing but these routes, for nodes without an HTTP face.
class AdminServer {
 public:
  static Result<std::unique_ptr<AdminServer>> start(const std::string& listen, Metrics& metrics,
                                                    Readiness readiness, const AdminRoutes& more = {});
  ~AdminServer();

  std::string address() const;  // host:port as bound

 private:
  explicit AdminServer(std::size_t threads);
  Router router_;
  std::unique_ptr<Server> server_;  // last: stops before the router goes
};

}  // namespace stream::http
