// Wakes a thread that waits in poll().
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "stream/common/assert.hpp"

namespace stream::bus {

// Thread-safe.
class EventFd {
 public:
  EventFd() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    STREAM_ASSERT(descriptor_ >= 0, "eventfd: out of file descriptors");
  }
  ~EventFd() { ::close(descriptor_); }
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  int descriptor() const { return descriptor_; }

  // Makes the descriptor readable until clear().
  void signal() const {
    const std::uint64_t one = 1;
    // Fails only when 2^64-2 signals wait, and then the descriptor is readable anyway.
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
  }
  void clear() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(descriptor_, &count, sizeof count);
  }

 private:
  const int descriptor_;
};

}  // namespace stream::bus
