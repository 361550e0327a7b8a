#include "socket_deadlines.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace stream::reporter {

SocketDeadlines::Watch::Watch(SocketDeadlines& owner) : owner_(owner) {
  const std::lock_guard lock(owner_.mutex_);
  owner_.watches_.insert(this);
}

SocketDeadlines::Watch::~Watch() {
  const std::lock_guard lock(owner_.mutex_);
  owner_.watches_.erase(this);
  if (duplicate_ >= 0) ::close(duplicate_);
}

void SocketDeadlines::Watch::follow(int socket, std::chrono::milliseconds after) {
  const std::lock_guard lock(owner_.mutex_);
  const int former = std::exchange(duplicate_, ::fcntl(socket, F_DUPFD_CLOEXEC, 0));
  if (former >= 0) ::close(former);
  if (owner_.cancelled_) return expire(*this);
  expired_ = false;
  end_ = Clock::now() + after;
  owner_.wake();
}

void SocketDeadlines::Watch::move(std::chrono::milliseconds after) {
  const std::lock_guard lock(owner_.mutex_);
  if (expired_) return;
  end_ = Clock::now() + after;
  owner_.wake();
}

bool SocketDeadlines::Watch::expired() const {
  const std::lock_guard lock(owner_.mutex_);
  return expired_;
}

bool SocketDeadlines::Watch::cancelled() const {
  const std::lock_guard lock(owner_.mutex_);
  return owner_.cancelled_;
}

SocketDeadlines::SocketDeadlines() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

SocketDeadlines::~SocketDeadlines() = default;

void SocketDeadlines::cancel_all() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  for (Watch* watch : watches_) expire(*watch);
}

void SocketDeadlines::wake() {
  new_deadline_ = true;
  changed_.notify_all();
}

void SocketDeadlines::expire(Watch& watch) {
  watch.expired_ = true;
  watch.end_ = Clock::time_point::max();
  if (watch.duplicate_ >= 0) ::shutdown(watch.duplicate_, SHUT_RDWR);
}

void SocketDeadlines::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    // Far enough in the future for "never", near enough not to overflow the wait.
    auto next = Clock::now() + std::chrono::hours(1);
    for (Watch* watch : watches_) {
      if (watch->end_ <= Clock::now()) expire(*watch);
      next = std::min(next, watch->end_);
    }
    changed_.wait_until(lock, stop, next, [this] { return std::exchange(new_deadline_, false); });
  }
}

}  // namespace stream::reporter
