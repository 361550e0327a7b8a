// GET /api/v1/nodes: who is there, of all roles, as this node sees it; answered from memory, also while the
// broker is away. A node that ended without saying goodbye stays, as "silent", until it comes back or its
// record is gone.
#pragma once

#include "stream/http/server.hpp"
#include "stream/ownership/membership.hpp"

namespace stream::api {

// `members` must outlive the router.
void add_node_routes(http::Router& router, const ownership::Membership& members);

}  // namespace stream::api
