// Who may connect when CURVE is on: answers libzmq's question about every client key (ZAP, RFC 27).
#pragma once

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <zmq.hpp>

#include "event_fd.hpp"
#include "stream/common/metrics.hpp"
#include "stream/common/result.hpp"

namespace stream::broker {

// Starts in the constructor, ends in the destructor. The keys are the *.pub files of a directory; a key that
// is not known makes it look again (once a second at most), so a new node needs no restart of the broker.
class KeyGuard {
 public:
  // kInvalid or kNotFound when the directory or a key in it cannot be read.
  static Result<std::set<std::string>> load(const std::filesystem::path& directory);

  // REQUIRES: no other KeyGuard in this context. Construct before the sockets it is to guard.
  KeyGuard(zmq::context_t& context, std::filesystem::path directory, std::set<std::string> keys,
           Metrics& metrics);
  ~KeyGuard();
  KeyGuard(const KeyGuard&) = delete;
  KeyGuard& operator=(const KeyGuard&) = delete;

 private:
  void run(const std::stop_token& stop);
  void answer_one();
  bool knows(std::string_view key_bytes);

  const std::filesystem::path directory_;
  Counter refused_;
  bus::EventFd stop_;

  // The thread's.
  std::set<std::string> keys_;  // Z85
  std::chrono::steady_clock::time_point next_look_{};
  zmq::socket_t socket_;

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::broker
