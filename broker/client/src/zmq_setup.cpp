#include "zmq_setup.hpp"

#include "stream/bus/keys.hpp"
#include "stream/common/assert.hpp"

namespace stream::bus {

void set_common_options(zmq::socket_t& socket, std::int64_t max_message_bytes) {
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::handshake_ivl, 2000);
  socket.set(zmq::sockopt::maxmsgsize, max_message_bytes);
}

void set_data_options(zmq::socket_t& socket, std::int64_t max_message_bytes) {
  set_common_options(socket, max_message_bytes);
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, 5);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, 2);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
  socket.set(zmq::sockopt::tcp_maxrt, 5000);
}

void set_control_options(zmq::socket_t& socket, std::int64_t max_message_bytes) {
  set_common_options(socket, max_message_bytes);
  socket.set(zmq::sockopt::heartbeat_ivl, 1000);
  socket.set(zmq::sockopt::heartbeat_timeout, 2000);
  socket.set(zmq::sockopt::heartbeat_ttl, 3000);
}

void set_client_options(zmq::socket_t& socket, const ClientKeys& keys) {
  socket.set(zmq::sockopt::reconnect_ivl, 50);
  socket.set(zmq::sockopt::reconnect_ivl_max, 500);
  if (!keys.given()) return;
  socket.set(zmq::sockopt::curve_serverkey, keys.server_public_key);
  socket.set(zmq::sockopt::curve_publickey, public_key_of(keys.secret_key));
  socket.set(zmq::sockopt::curve_secretkey, keys.secret_key);
}

void wait_for(std::span<zmq::pollitem_t> items, std::chrono::milliseconds timeout) {
  const int result = zmq_poll(items.data(), static_cast<int>(items.size()), timeout.count());
  STREAM_ASSERT(result >= 0 || zmq_errno() == EINTR, "zmq_poll: {}", zmq_strerror(zmq_errno()));
}

zmq::message_t receive_part(zmq::socket_t& socket) {
  zmq::message_t part;
  const auto received = socket.recv(part, zmq::recv_flags::dontwait);
  STREAM_ASSERT(received.has_value(), "the parts of a ZeroMQ message arrive together");
  return part;
}

void drop_rest(zmq::socket_t& socket, const zmq::message_t& last_part) {
  bool more = last_part.more();
  while (more) more = receive_part(socket).more();
}

}  // namespace stream::bus
