// Sockets as the bus needs them. libzmq's defaults queue for ever, accept any size and wait 30 s for a
// handshake.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <zmq.hpp>

namespace stream::bus {

// A client's side of CURVE; empty when the transport needs none.
struct ClientKeys {
  std::string secret_key;
  std::string server_public_key;

  bool given() const { return !secret_key.empty(); }
};

// What every socket needs. Nothing is kept back for closing, handshakes are short, big messages end the
// connection.
void set_common_options(zmq::socket_t& socket, std::int64_t max_message_bytes);

// For the topics' sockets. Dead peers are found by TCP: libzmq 4.3.4 aborts when its own heartbeats meet a
// small queue and a slow reader.
void set_data_options(zmq::socket_t& socket, std::int64_t max_message_bytes);

// For the control channel, where both sides always drain: heartbeats find a dead peer within three seconds.
void set_control_options(zmq::socket_t& socket, std::int64_t max_message_bytes);

// For sockets that connect.
void set_client_options(zmq::socket_t& socket, const ClientKeys& keys);

// Waits for one of `items`, at most `timeout` (negative: for ever). A signal ends it early.
void wait_for(std::span<zmq::pollitem_t> items, std::chrono::milliseconds timeout);

// Takes the next part of a message. REQUIRES: the socket has told that there is one more.
zmq::message_t receive_part(zmq::socket_t& socket);

// Takes what is left of a message, so that the next one begins with its first part.
void drop_rest(zmq::socket_t& socket, const zmq::message_t& last_part);

}  // namespace stream::bus
