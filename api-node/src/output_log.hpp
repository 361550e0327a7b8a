// What a stream process writes on stdout and stderr: one file that it appends to, followed for what it says,
// kept short, and shown without passwords.
//
// A file and no pipe, because the process must outlive us: the reader of a pipe that is killed ends the
// writer with SIGPIPE, and one that is away for long stops it when the pipe is full. The price is that nobody
// keeps the file short while there is no api-node, and that what is in it is as the process wrote it,
// passwords included: so it is readable by its owner only, as is config/ beside it, which must hold them
// anyway.
//
// The file is emptied in place, since the process has it open (for appending, so that it goes on at the
// start). What is written between the copy of its end and that moment is lost: some microseconds, and more
// only when it is written faster than it can be copied.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log_secrets.hpp"
#include "stream/common/result.hpp"

namespace stream::api {

// `line` as it may be shown: masked, then cut after 4096 bytes.
std::string show_log_line(std::string_view line, const LogSecrets& secrets);

// The end of a log that became too long, passwords masked.
std::filesystem::path former_log(const std::filesystem::path& log);

// Follows the output of one process. Confined to one thread.
class OutputLog {
 public:
  // Of process `pid`, which was started to write to `file`: what it has open, also when somebody removed the
  // file, renamed it, or put another in its place. When that cannot be told it is `file`, which is made if
  // there is none (0600). Followed from byte `from` on, or else from its end. kUnavailable with the system's
  // reason.
  static Result<OutputLog> open(pid_t pid, std::filesystem::path file, std::optional<std::uint64_t> from);
  // Ends the last line of a file that nobody writes to, so that it is shown, and the next process begins with
  // its own. How long the file is now; 0 when there is none.
  static std::uint64_t end_line(const std::filesystem::path& file);
  OutputLog(OutputLog&& other) noexcept;
  OutputLog& operator=(OutputLog&& other) noexcept;
  OutputLog(const OutputLog&) = delete;
  OutputLog& operator=(const OutputLog&) = delete;
  ~OutputLog();

  // Gives the whole lines that came since the last call; of more than 1 MiB only the last 64 KiB. One system
  // call when nothing came.
  void read(const std::function<void(std::string_view)>& take_line);
  // Empties the file when it is longer than `limit_bytes`, and keeps its end (a quarter of the limit, at most
  // 1 MiB) as former_log(), if there is room for it. A line that is not finished stays. True: it was emptied.
  bool keep_short(std::uint64_t limit_bytes, const LogSecrets& secrets);
  // The file system it is on has no room for another line.
  bool is_full() const;

 private:
  OutputLog(std::filesystem::path file, int descriptor, std::uint64_t position);
  // Of the first `size` bytes the last `count`, as former_log(). Gives the start of a line that is left over.
  std::string keep_end(std::uint64_t size, std::uint64_t count, const LogSecrets& secrets) const;

  std::filesystem::path file_;
  int descriptor_ = -1;
  std::uint64_t position_ = 0;  // up to where it was read
  std::string unfinished_;      // the start of a line, before position_
};

// Some lines of a log, and where to go on.
struct LogPage {
  std::vector<std::string> lines;  // masked, without line ends
  std::string next;                // to be given as LogRequest::after
  bool gap = false;                // some lines before these were not kept
  bool operator==(const LogPage&) const = default;
};

struct LogRequest {
  std::size_t lines = 100;  // at most so many, the last ones
  std::string after;  // LogPage::next of an earlier page: only what came since then; empty: the end of it
};

// Of the process of the log's folder, masked with the LogSecrets there. Never more than 1 MiB of the log at
// once; a line that is not finished yet comes with a later page. A log that does not exist has no lines.
// Errors: kInvalid: `after` is no such text; those of LogSecrets::load().
Result<LogPage> read_log(const std::filesystem::path& log, const LogRequest& request);

}  // namespace stream::api
