// Child processes: started with everything named, always reaped.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace stream {

struct ProcessOptions {
  std::vector<std::string> arguments;              // [0] is the executable: a path, not looked up in PATH
  std::filesystem::path working_directory;         // empty: the caller's
  std::map<std::string, std::string> environment;  // added to the caller's
  std::filesystem::path output_file;    // stdout and stderr are appended here (0600); empty: the caller's
  std::map<int, int> file_descriptors;  // child's number <- ours; all others are closed in the child
  bool own_group = true;                // a process group of its own, so that grandchildren can be ended too
  bool dies_with_parent = true;         // SIGKILL when the thread that started it ends, however it ends
};

// As many open files as the system lets us have: a connection is one, and the usual soft limit of 1024 is
// less than one flood. Children are started with the limit that was there before, because of programs that
// use select(). Call before any thread exists.
void raise_descriptor_limit();

// How a process ended.
struct ExitStatus {
  bool signalled = false;
  int value = 0;  // exit code, or the signal's number

  bool clean() const { return !signalled && value == 0; }
  std::string text() const;  // "exit code 3" or "signal 9 (Killed)"
  bool operator==(const ExitStatus&) const = default;
};

// One running child. Confined to one thread at a time. The destructor ends and reaps the child (SIGKILL to
// its group).
class Process {
 public:
  // kNotFound, kInvalid or kUnavailable with the system's reason when it cannot be started; the reason of a
  // failed exec is reported here, too, not as a strange exit code.
  static Result<Process> start(const ProcessOptions& options);

  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }

  // Empty while it runs. Never blocks; after the end always the same answer. With own_group whatever is left
  // in the group is killed (SIGKILL) before the child is reaped, as long as the group's number is surely its.
  std::optional<ExitStatus> poll();
  // Waits at most `timeout`; empty when it still runs then.
  std::optional<ExitStatus> wait(std::chrono::milliseconds timeout);
  // To the child's group (or the child alone without own_group). Nothing happens after the end.
  void signal(int number);
  // SIGTERM, and SIGKILL to the group after `grace`. Returns when the child is reaped.
  ExitStatus stop(std::chrono::milliseconds grace);

 private:
  Process(pid_t pid, bool own_group) : pid_(pid), own_group_(own_group) {}

  void kill_what_is_left();

  pid_t pid_ = -1;
  bool own_group_ = false;
  std::optional<ExitStatus> ended_;
};

}  // namespace stream
