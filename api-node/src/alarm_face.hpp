// The alarms in the queue over REST, for operators and their tools:
//
//   GET    /api/v1/alarms?state=parked&limit=100   those in a state (ready, delayed, leased, parked), or all
//
//   GET    /api/v1/alarms/<id>[?pictures=1]        one, with what was tried; pictures as base64 or their size
//
//   GET    /api/v1/alarms/<id>/scene.jpg           its scene picture
//
//   GET    /api/v1/alarms/<id>/events/<n>.jpg      the picture of its n-th event, from 0
//
//   POST   /api/v1/alarms/<id>/retry               deliver a parked one again
//
//   DELETE /api/v1/alarms/<id>                     remove a parked one for good
//
// <id> is percent-encoded. Errors are problems (json_answer.hpp) with 400, 404, 405, 409 (it is not parked),
// 500 (the message is no alarm) or 503 (the broker does not answer). No password in an answer.
#pragma once

#include "stream/bus/bus.hpp"
#include "stream/http/server.hpp"

namespace stream::api {

// `bus` must outlive the router.
void add_alarm_routes(http::Router& router, bus::Bus& bus);

}  // namespace stream::api
