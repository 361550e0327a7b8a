// The programs ffmpeg and ffprobe at the other end of a pipe.
#pragma once

#include <string>
#include <vector>

#include "stop_event.hpp"
#include "stream/common/process.hpp"
#include "stream/common/result.hpp"

namespace stream::sim {

// The end of a pipe. Confined to one thread.
class Pipe {
 public:
  explicit Pipe(int fd) : fd_(fd) {}
  Pipe(Pipe&& other) noexcept;
  Pipe& operator=(Pipe&& other) noexcept;
  ~Pipe() { close(); }

  int fd() const { return fd_; }
  void close();

 private:
  int fd_;
};

// A program of which we read the output or write the input. The destructor ends it. Confined to one thread.
class PipedProgram {
 public:
  // `program` is looked up in PATH. kNotFound when it is not installed.
  static Result<PipedProgram> reading(const std::string& program, std::vector<std::string> arguments);
  static Result<PipedProgram> writing(const std::string& program, std::vector<std::string> arguments);

  // Fills `size_bytes` bytes; false at the end of the output (what was read of a part is lost) and when
  // `stop` is raised.
  bool read(char* to, std::size_t size_bytes, const StopEvent& stop);
  // kUnavailable when the program does not take it.
  Status write(const char* from, std::size_t size_bytes);
  // Closes the pipe and waits for the end; an error unless it ended with 0.
  Status finish();

 private:
  PipedProgram(std::string program, Process process, Pipe pipe)
      : program_(std::move(program)), process_(std::move(process)), pipe_(std::move(pipe)) {}
  static Result<PipedProgram> start(const std::string& program, std::vector<std::string> arguments,
                                    bool read_output);

  std::string program_;
  Process process_;
  Pipe pipe_;
};

}  // namespace stream::sim
