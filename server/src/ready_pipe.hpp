// The pipe on which a node says that it is ready (STREAM_READY_FD), or why it cannot start.
//
// One line each: "READY name=value ..." once it works, "FAILED reason" before it exits.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream::server {

// What a node said. Pure value.
struct NodeWords {
  bool ready = false;
  std::map<std::string, std::string> values;  // of the READY line: listen, admin
  std::string failure;                        // of the FAILED line
};

// Takes over one line; lines of other kinds are ignored.
void take_line(std::string_view line, NodeWords& words);

// Both ends of the pipe. Confined to one thread.
class ReadyPipe {
 public:
  static Result<ReadyPipe> make();

  ReadyPipe(ReadyPipe&& other) noexcept;
  ReadyPipe& operator=(ReadyPipe&& other) noexcept;
  ReadyPipe(const ReadyPipe&) = delete;
  ReadyPipe& operator=(const ReadyPipe&) = delete;
  ~ReadyPipe();

  // For the child; to be closed here once the child has it.
  int child_end() const { return child_end_; }
  void close_child_end();

  // Everything said so far. Never blocks; a line over 4096 bytes is cut.
  const NodeWords& words();

 private:
  ReadyPipe(int our_end, int child_end) : our_end_(our_end), child_end_(child_end) {}

  int our_end_ = -1;
  int child_end_ = -1;
  std::string unread_;
  NodeWords words_;
};

}  // namespace stream::server
