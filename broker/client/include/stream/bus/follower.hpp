// Keeps up with a part of the KV: a thread that watches a prefix and hands every change to a function.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "stream/bus/bus.hpp"

namespace stream::bus {

// Starts in the constructor, ends in the destructor (within about 200 ms). `on_changes` runs on the
// follower's thread only. Declare it as the last member of whatever it calls into, so that it ends first.
class Follower {
 public:
  Follower(Bus& bus, std::string prefix, std::function<void(const Watch::Changes&)> on_changes);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // The highest revision that has been handed over, 0 before the first state arrived.
  Revision seen() const { return seen_; }
  // The first state has been handed over.
  bool synced() const { return synced_; }

 private:
  std::atomic<Revision> seen_ = 0;
  std::atomic<bool> synced_ = false;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::bus
