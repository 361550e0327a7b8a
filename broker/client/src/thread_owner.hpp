// States that an object belongs to one thread. ThreadSanitizer cannot see into libzmq, so this is what
// notices a socket that is used by two.
#pragma once

#include <thread>

#include "stream/common/assert.hpp"

namespace stream::bus {

// The first thread that calls check() is the owner; check() from another one aborts.
class ThreadOwner {
 public:
  void check() {
    const auto caller = std::this_thread::get_id();
    if (owner_ == std::thread::id{}) owner_ = caller;
    STREAM_ASSERT(owner_ == caller, "a socket was used by a second thread");
  }

 private:
  std::thread::id owner_;
};

}  // namespace stream::bus
