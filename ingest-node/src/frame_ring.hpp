// The last whole frames, for whoever needs their pictures.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>

#include "body_pool.hpp"

namespace stream::ingest {

// Keeps bodies until they are `max_age` old or their memory is wanted for newer ones. Confined to one thread.
class FrameRing {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FrameRing(Clock::duration max_age) : max_age_(max_age) {}

  // Keeps `body`; returns its sequence number, from 1 on.
  std::uint64_t add(std::shared_ptr<Body> body, Clock::time_point now);
  // Null when it is gone or never was.
  std::shared_ptr<const Body> find(std::uint64_t sequence, Clock::time_point now) const;

  // Lets go of what is too old.
  void expire(Clock::time_point now);
  // Lets go of the oldest; false when there is none. Its memory is free once nobody else uses it.
  bool drop_oldest();

  std::size_t frames() const { return kept_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Kept {
    std::shared_ptr<Body> body;
    Clock::time_point added;
  };

  const Clock::duration max_age_;
  std::deque<Kept> kept_;   // in order of sequence, without holes
  std::uint64_t next_ = 1;  // sequence of the next one
  std::size_t bytes_ = 0;   // of their blocks
};

}  // namespace stream::ingest
