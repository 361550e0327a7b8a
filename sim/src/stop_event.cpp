#include "stop_event.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "stream/common/assert.hpp"

namespace stream::sim {

using Clock = std::chrono::steady_clock;

namespace {

// Polls the two descriptors (`fd` may be negative: ignored) until something is ready or `deadline` has come.
void poll_until(pollfd (&fds)[2], Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - Clock::now());
    timespec timeout{};
    if (left.count() > 0) {
      timeout.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
      timeout.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
    }
    if (ppoll(fds, 2, &timeout, nullptr) >= 0) return;
    STREAM_ASSERT(errno == EINTR, "ppoll failed with errno {}", errno);
  }
}

}  // namespace

StopEvent::StopEvent() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  STREAM_ASSERT(fd_ >= 0, "eventfd failed with errno {}", errno);
}

StopEvent::~StopEvent() {
  close(fd_);
}

void StopEvent::raise() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);  // fails only when raised 2^64 times
}

bool StopEvent::raised() const {
  return wait_until(Clock::now());
}

bool StopEvent::wait_until(Clock::time_point deadline) const {
  pollfd fds[2] = {{.fd = fd_, .events = POLLIN, .revents = 0}, {.fd = -1, .events = 0, .revents = 0}};
  poll_until(fds, deadline);
  return fds[0].revents != 0;
}

bool StopEvent::wait_for_fd(int fd, short events, Clock::time_point deadline) const {
  pollfd fds[2] = {{.fd = fd_, .events = POLLIN, .revents = 0}, {.fd = fd, .events = events, .revents = 0}};
  poll_until(fds, deadline);
  return fds[0].revents == 0 && fds[1].revents != 0;
}

}  // namespace stream::sim
