// An HTTP server that keeps what it is sent, byte for byte, and answers when the test wants it to.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace stream::sim {

struct RecordedPost {
  std::string head;  // request line and header fields
  std::string body;
};

// Serves one connection after the other on 127.0.0.1 until it is destroyed. Thread-safe.
class RecordingServer {
 public:
  explicit RecordingServer(int status = 200);
  ~RecordingServer();
  RecordingServer(const RecordingServer&) = delete;
  RecordingServer& operator=(const RecordingServer&) = delete;

  std::uint16_t port() const { return port_; }
  // Complete requests so far.
  std::vector<RecordedPost> posts() const;
  std::vector<std::string> bodies() const;
  std::size_t count() const;
  // From now on nothing is answered until release().
  void hold();
  void release();

 private:
  void serve();
  void serve_connection(int connection);

  const int status_;
  const int listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::vector<RecordedPost> posts_;
  bool held_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace stream::sim
