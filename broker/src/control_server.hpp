// The control channel: a ROUTER socket on a thread of its own, between the clients and the storage.
#pragma once

#include <string>
#include <string_view>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "event_fd.hpp"
#include "outbox.hpp"
#include "storage.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/rate_limit.hpp"

namespace stream::broker {

// Starts in the constructor, ends in the destructor. Never waits for the storage, so heartbeats are answered
// however long a commit takes.
class ControlServer {
 public:
  // `socket` is a bound ROUTER; from here on it belongs to the thread.
  ControlServer(zmq::socket_t socket, Storage& storage, Outbox& outbox, Metrics& metrics);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  void run(const std::stop_token& stop);
  void take_requests();
  void handle(std::string client, std::string_view bytes);
  void send(const Reply& reply);
  void malformed(std::string_view reason);

  Storage& storage_;
  Outbox& outbox_;
  std::vector<Counter> operations_;  // in the order of control::Operation
  Counter received_, sent_, received_bytes_, sent_bytes_, malformed_, gone_, slow_;
  bus::EventFd stop_;

  // The thread's.
  zmq::socket_t socket_;
  RateLimit complaints_{std::chrono::seconds(10)};

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::broker
