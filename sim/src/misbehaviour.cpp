#include "misbehaviour.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "engine_log.hpp"
#include "stream/common/log.hpp"

namespace stream::sim {

namespace {

using Clock = std::chrono::steady_clock;

// So that nothing but its process group tells where it comes from.
void forget_environment() {
  for (char** entry = environ; *entry != nullptr; ++entry) std::memset(*entry, 0, std::strlen(*entry));
}

// Starts a process that does nothing but stay. It inherits that SIGTERM is blocked, and every descriptor, the
// log and the control port among them. Only calls that are safe after a fork of a process with threads.
void start_child(bool own_session) {
  constexpr unsigned kLongestStayS = 600;  // nobody should have to look for what a failed test has left
  const pid_t child = fork();
  if (child == 0) {
    if (own_session) {
      setsid();
    } else {
      forget_environment();
    }
    std::signal(SIGALRM, SIG_DFL);
    alarm(kLongestStayS);
    for (;;) pause();
  }
  log::info("child_started", {{"pid", child}, {"own_session", own_session}});
}

void eat_descriptors() {
  constexpr rlim_t kMost = 1024;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min(limit.rlim_cur, kMost);
  setrlimit(RLIMIT_NOFILE, &limit);
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
  }
  engine_log("error", "ff_decode.cc:1", "Too many open files");
}

}  // namespace

void die_of(int signal_number) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal_number);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);  // to this thread: main waits for SIGTERM and would take it
  for (;;) pause();
}

Misdeeds::Misdeeds(const Misbehaviour& what, std::string url, std::function<void(const std::string&)> report)
    : what_(what), url_(std::move(url)), report_(std::move(report)) {
  for (int i = 0; i < what_.children; ++i) start_child(false);
  for (int i = 0; i < what_.strays; ++i) start_child(true);
}

Misdeeds::~Misdeeds() {
  stop_.raise();
  for (auto& thread : threads_) thread.join();
}

bool Misdeeds::frame() {
  if (frames_++ == what_.after) begin();
  return !(what_.hangs && frames_ > what_.after);
}

void Misdeeds::begin() {
  if (what_.exit_code) _exit(*what_.exit_code);
  if (what_.signal) die_of(*what_.signal);
  if (!what_.report.empty()) report_(what_.report);
  if (what_.eats_descriptors) eat_descriptors();
  if (what_.flood_lines_s > 0) threads_.emplace_back([this] { flood(); });
  if (what_.leak_mib_s > 0) threads_.emplace_back([this] { leak(); });
}

void Misdeeds::flood() {
  const auto pause = std::chrono::nanoseconds(std::chrono::seconds(1)) / what_.flood_lines_s;
  for (auto due = Clock::now(); !stop_.wait_until(due); due += pause) {
    engine_log("info", "decode.cc:1", "Can not keep up with {\"channel\":0,\"url\":\"" + url_ + "\"}");
  }
}

void Misdeeds::leak() {
  constexpr std::size_t kMib = 1 << 20;
  const auto pause = std::chrono::nanoseconds(std::chrono::seconds(1)) / what_.leak_mib_s;
  std::vector<std::unique_ptr<char[]>> kept;
  auto due = Clock::now();
  for (int mib = 0; mib < what_.leak_most_mib && !stop_.wait_until(due); ++mib, due += pause) {
    kept.push_back(std::make_unique<char[]>(kMib));
    std::memset(kept.back().get(), 1, kMib);  // memory counts when it is touched
  }
  stop_.wait_until(Clock::time_point::max());
}

}  // namespace stream::sim
