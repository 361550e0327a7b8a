// One stream process that we watch: our child, or one that a former api-node started.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "process_record.hpp"
#include "stream/common/process.hpp"
#include "stream_state.hpp"

namespace stream::api {

// A process that is not our child, watched through a pidfd, or on kernels without (before 5.3) by its start
// time. Confined to one thread. The destructor leaves it alone.
class AdoptedProcess {
 public:
  // Empty when it is not there any more, or is another one.
  static std::optional<AdoptedProcess> adopt(const ProcessIdentity& identity);
  AdoptedProcess(AdoptedProcess&& other) noexcept;
  AdoptedProcess& operator=(AdoptedProcess&& other) noexcept;
  AdoptedProcess(const AdoptedProcess&) = delete;
  AdoptedProcess& operator=(const AdoptedProcess&) = delete;
  ~AdoptedProcess();

  pid_t pid() const { return pid_; }
  bool has_ended() const;
  // To its group, which it leads. Nothing happens after its end.
  void signal(int number) const;
  // After its end: SIGKILL to what is left of its group.
  void kill_what_is_left() const;

 private:
  AdoptedProcess(pid_t pid, std::uint64_t start_ticks, int descriptor)
      : pid_(pid), start_ticks_(start_ticks), descriptor_(descriptor) {}

  pid_t pid_ = 0;
  std::uint64_t start_ticks_ = 0;
  int descriptor_ = -1;  // -1: the kernel has no pidfds
};

// Either kind. Confined to one thread. A child that is destroyed is killed and reaped.
class StreamProcess {
 public:
  explicit StreamProcess(Process child) : process_(std::move(child)) {}
  explicit StreamProcess(AdoptedProcess adopted) : process_(std::move(adopted)) {}

  pid_t pid() const;
  // Empty while it runs; else how it ended, which is known of children only. What is left of its group is
  // killed (SIGKILL) then. Never blocks.
  std::optional<ProcessEnd> poll();
  // To its group.
  void signal(int number);
  // Memory that it uses, of itself alone; 0 when that is not known.
  std::uint64_t resident_bytes() const;

 private:
  std::variant<Process, AdoptedProcess> process_;
};

}  // namespace stream::api
