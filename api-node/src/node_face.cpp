#include "node_face.hpp"

#include <nlohmann/json.hpp>

#include "json_answer.hpp"

namespace stream::api {
namespace {

using nlohmann::json;

json described(const ownership::Member& member) {
  const NodeRecord& record = member.record;
  return {{"role", record.role},
          {"node", record.node},
          {"state", member.live ? "live" : "silent"},
          {"age_ms", member.silence.count()},
          {"address", record.address},
          {"admin_address", record.admin_address},
          {"load", record.load},
          {"weight", record.weight},
          {"labels", record.labels},
          {"version", record.version}};
}

}  // namespace

void add_node_routes(http::Router& router, const ownership::Membership& members) {
  router.add("GET", "/api/v1/nodes", [&members](const http::Request&) {
    json nodes = json::array();
    for (const ownership::Member& member : members.all()) nodes.push_back(described(member));
    return answer(200, {{"nodes", std::move(nodes)}});
  });
}

}  // namespace stream::api
