// How an answer finds its way back to its connection, from any thread and at any time.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "stream/http/server.hpp"

namespace stream::http {

class Session;

// The way from other threads to the I/O thread. Outlives the server, because answers may; after shut() they
// are dropped. Thread-safe.
class AnswerGate {
 public:
  explicit AnswerGate(boost::asio::io_context& io) : io_(&io) {}

  // Called once, before there are connections.
  void set_io_thread(std::thread::id id) { io_thread_ = id; }
  bool on_io_thread() const { return std::this_thread::get_id() == io_thread_; }

  void post(std::function<void()> work);
  void shut();

 private:
  std::thread::id io_thread_;
  std::mutex mutex_;  // guards everything below
  boost::asio::io_context* io_;
};

// Makes the function a handler answers request number `request` of `session` with. It may be called, copied
// and dropped anywhere, also after the session or the server are gone.
Respond make_respond(std::shared_ptr<AnswerGate> gate, std::weak_ptr<Session> session, std::uint64_t request);

}  // namespace stream::http
