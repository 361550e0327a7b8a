// Posts a script's frames as a stream process would, but lives in the test: whatever node is killed, it goes
// on where it was, so that it is known which frames there were.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "script.hpp"

namespace stream::faults {

// A thread of its own. A frame that nobody took is offered again until somebody does; one whose fate is
// unknown, because the connection broke after it was sent, is not.
class Feeder {
 public:
  struct Door {
    std::uint16_t port = 0;
    std::string path;
  };

  Feeder(const Script& script, double fps, Door door);

  bool ended() const { return ended_; }
  std::int64_t taken() const { return taken_; }
  std::int64_t in_doubt() const { return in_doubt_; }
  // When each frame was given away, by its id.
  std::vector<std::chrono::steady_clock::time_point> posted_at() const;

 private:
  enum class Fate { kTaken, kRefused, kUnknown };
  Fate post(const std::string& body) const;
  void run(const std::stop_token& stop);

  const std::filesystem::path file_;
  const std::chrono::nanoseconds interval_;
  const Door door_;
  std::atomic<bool> ended_ = false;
  std::atomic<std::int64_t> taken_ = 0, in_doubt_ = 0;
  mutable std::mutex mutex_;  // guards posted_at_
  std::vector<std::chrono::steady_clock::time_point> posted_at_;
  std::jthread thread_;  // last
};

}  // namespace stream::faults
