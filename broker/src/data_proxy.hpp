// The topics' way through the broker: what publishers send to the XSUB goes to the XPUB, subscriptions go
// back.
#pragma once

#include <thread>
#include <zmq.hpp>

#include "event_fd.hpp"
#include "stream/common/metrics.hpp"

namespace stream::broker {

// Starts in the constructor, ends in the destructor. Looks into no message. A subscriber that does not keep
// up loses messages at its own queue (and sees it by the sequence numbers); the others notice nothing.
class DataProxy {
 public:
  // `from_publishers` is a bound XSUB, `to_subscribers` a bound XPUB; from here on they belong to the thread.
  DataProxy(zmq::socket_t from_publishers, zmq::socket_t to_subscribers, Metrics& metrics);
  ~DataProxy();
  DataProxy(const DataProxy&) = delete;
  DataProxy& operator=(const DataProxy&) = delete;

 private:
  void run(const std::stop_token& stop);
  void pass_messages();
  void pass_subscriptions();

  Counter messages_, bytes_, subscriptions_;
  bus::EventFd stop_;

  // The thread's.
  zmq::socket_t from_publishers_, to_subscribers_;

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::broker
