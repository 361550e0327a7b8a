#include "stream/http/admin.hpp"

#include <utility>

namespace stream::http {

void add_admin_routes(Router& router, const Metrics& metrics, Readiness readiness) {
  router.add("GET", "/metrics", [&metrics](const Request&) {
    return Response{200, metrics.text(), "text/plain; version=0.0.4", {}};
  });
  router.add("GET", "/healthz", [](const Request&) { return Response{200, "ok\n", "text/plain", {}}; });
  router.add("GET", "/readyz", [readiness = std::move(readiness)](const Request&) {
    const std::string reason = readiness();
    if (reason.empty()) return Response{200, "ready\n", "text/plain", {}};
    return Response{503, reason + "\n", "text/plain", {}};
  });
}

AdminServer::AdminServer(std::size_t threads) : router_(threads) {}
AdminServer::~AdminServer() = default;

Result<std::unique_ptr<AdminServer>> AdminServer::start(const std::string& listen, Metrics& metrics,
                                                        Readiness readiness, const AdminRoutes& more) {
  std::unique_ptr<AdminServer> admin(new AdminServer(1 + more.slow));
  add_admin_routes(admin->router_, metrics, std::move(readiness));
  more.add(admin->router_);
  ServerOptions options;
  options.listen = listen;
  options.max_connections = 256;
  auto server = Server::start(options, admin->router_, metrics, "admin");
  if (!server) return tl::unexpected(std::move(server.error()).within("admin_listen"));
  admin->server_ = std::move(*server);
  return admin;
}

std::string AdminServer::address() const {
  return server_->address();
}

}  // namespace stream::http
