// /metrics, /healthz and /readyz: the same three on every node.
#pragma once

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

// A small server of its own with nothing but these routes, for nodes without an HTTP face.
class AdminServer {
 public:
  static Result<std::unique_ptr<AdminServer>> start(const std::string& listen, Metrics& metrics,
                                                    Readiness readiness);
  ~AdminServer();

  std::string address() const;  // host:port as bound

 private:
  AdminServer();
  Router router_;
  std::unique_ptr<Server> server_;  // last: stops before the router goes
};

}  // namespace stream::http
