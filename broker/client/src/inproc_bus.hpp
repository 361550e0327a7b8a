// The bus for the broker's own process: a client like any other, over endpoints that only this process has.
#pragma once

#include <memory>
#include <zmq.hpp>

#include "stream/bus/bus.hpp"

namespace stream::bus {

// Where the broker's sockets are bound besides, in its context.
inline constexpr const char* kInprocPublish = "inproc://publish";
inline constexpr const char* kInprocSubscribe = "inproc://subscribe";
inline constexpr const char* kInprocControl = "inproc://control";

// `context` is the broker's and must outlive the bus. Needs no keys: nothing leaves the process.
std::unique_ptr<Bus> make_inproc_bus(zmq::context_t& context);

}  // namespace stream::bus
