#include "stream_process.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>
#include <utility>

namespace stream::api {
namespace {

int open_pidfd(pid_t pid) {
#ifdef SYS_pidfd_open
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
#else
  return (void)pid, -1;
#endif
}

}  // namespace

std::optional<AdoptedProcess> AdoptedProcess::adopt(const ProcessIdentity& identity) {
  // Held first and looked at then, so that what is looked at is what is held.
  AdoptedProcess process(identity.pid, identity.start_ticks, open_pidfd(identity.pid));
  if (identify_process(identity.pid) != identity || process.has_ended()) return std::nullopt;
  return process;
}

AdoptedProcess::AdoptedProcess(AdoptedProcess&& other) noexcept
    : pid_(other.pid_), start_ticks_(other.start_ticks_), descriptor_(std::exchange(other.descriptor_, -1)) {}

AdoptedProcess& AdoptedProcess::operator=(AdoptedProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(start_ticks_, other.start_ticks_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

AdoptedProcess::~AdoptedProcess() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool AdoptedProcess::has_ended() const {
  if (descriptor_ >= 0) {
    pollfd wait{descriptor_, POLLIN, 0};
    return ::poll(&wait, 1, 0) > 0;  // readable from its end on, reaped or not
  }
  const auto present = identify_process(pid_);
  return !present || present->start_ticks != start_ticks_;
}

// A pidfd takes signals for the one process only (before Linux 6.9), so its group is named by number. The
// number cannot be another's as long as the leader is there, which was looked at just now.
void AdoptedProcess::signal(int number) const {
  if (!has_ended()) ::kill(-pid_, number);
}

// The number of a group is given to nobody else as long as it has members. Had it none, and was given away
// since, then a process that we do not know leads the group now.
void AdoptedProcess::kill_what_is_left() const {
  const auto present = identify_process(pid_);
  if (!present || present->start_ticks == start_ticks_) ::kill(-pid_, SIGKILL);
}

pid_t StreamProcess::pid() const {
  return std::visit([](const auto& process) { return process.pid(); }, process_);
}

std::optional<ProcessEnd> StreamProcess::poll() {
  if (auto* child = std::get_if<Process>(&process_)) {
    const auto exit = child->poll();
    return exit ? std::optional<ProcessEnd>(exit) : std::nullopt;
  }
  const auto& adopted = std::get<AdoptedProcess>(process_);
  if (!adopted.has_ended()) return std::nullopt;
  adopted.kill_what_is_left();
  return ProcessEnd{};
}

void StreamProcess::signal(int number) {
  std::visit([number](auto& process) { process.signal(number); }, process_);
}

std::uint64_t StreamProcess::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(pid()) + "/statm");
  std::uint64_t all_pages = 0, resident_pages = 0;
  file >> all_pages >> resident_pages;
  return file ? resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace stream::api
