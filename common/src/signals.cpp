#include "stream/common/signals.hpp"

#include <csignal>
#include <ctime>

#include "stream/common/assert.hpp"

namespace stream {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

sigset_t upgrade_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  return set;
}

void block(const sigset_t& set) {
  const int failed = pthread_sigmask(SIG_BLOCK, &set, nullptr);
  STREAM_ASSERT(failed == 0, "pthread_sigmask works, error {}", failed);
}

}  // namespace

void block_stop_signals() {
  block(stop_signals());
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> wait_stop_signal(std::chrono::milliseconds timeout) {
  const sigset_t set = stop_signals();
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::max(std::chrono::nanoseconds(0),
                               std::chrono::nanoseconds(end - std::chrono::steady_clock::now()));
    timespec wait{};
    wait.tv_sec = left.count() / 1'000'000'000;
    wait.tv_nsec = left.count() % 1'000'000'000;
    const int signal_number = sigtimedwait(&set, nullptr, &wait);
    if (signal_number > 0) return signal_number;
    if (errno != EINTR) return std::nullopt;  // EAGAIN: the time has passed
  }
}

void block_upgrade_signal() {
  block(upgrade_signal());
}

bool upgrade_signal_came() {
  const sigset_t set = upgrade_signal();
  const timespec now{};
  return sigtimedwait(&set, nullptr, &now) == SIGUSR2;
}

}  // namespace stream
