// A thread that does the same thing every so often.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace stream {

// Calls `work` at once and then `every` after each call, on a thread of its own, from the constructor to the
// destructor, which waits for a call that is under way. A member that `work` uses stands before it.
class Periodic {
 public:
  using Clock = std::chrono::steady_clock;
  // `passed`: since the last call, 0 for the first; at most twice `every`, so that to a process that was
  // stopped (SIGSTOP) no more seems to have happened than it could have seen.
  using Work = std::function<void(Clock::duration passed)>;

  // REQUIRES: every > 0. `work` throws nothing.
  Periodic(std::chrono::milliseconds every, Work work);

 private:
  std::jthread thread_;
};

}  // namespace stream
