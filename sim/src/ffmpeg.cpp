#include "ffmpeg.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

namespace stream::sim {

namespace {

// The path of a program, looked up in PATH; empty when it is not there.
std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto candidate = folder + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace

Pipe::Pipe(Pipe&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Pipe& Pipe::operator=(Pipe&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void Pipe::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<PipedProgram> PipedProgram::start(const std::string& program, std::vector<std::string> arguments,
                                         bool read_output) {
  const auto path = find_program(program);
  if (path.empty()) return fail(ErrorCode::kNotFound, "{}: not found in PATH; is it installed?", program);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorCode::kUnavailable, "pipe: {}", std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  }
  Pipe ours(ends[read_output ? 0 : 1]);
  const Pipe theirs(ends[read_output ? 1 : 0]);
  // Fewer switches between the two programs; a failure only costs that.
  constexpr int kPipeBytes = 1 << 20;
  fcntl(ours.fd(), F_SETPIPE_SZ, kPipeBytes);

  ProcessOptions options;
  options.arguments = std::move(arguments);
  options.arguments.insert(options.arguments.begin(), path);
  options.file_descriptors[read_output ? STDOUT_FILENO : STDIN_FILENO] = theirs.fd();
  options.own_group = false;  // whoever ends our group ends it, too
  auto process = Process::start(options);
  if (!process) return tl::unexpected(process.error());
  return PipedProgram(program, std::move(*process), std::move(ours));
}

Result<PipedProgram> PipedProgram::reading(const std::string& program, std::vector<std::string> arguments) {
  return start(program, std::move(arguments), true);
}

Result<PipedProgram> PipedProgram::writing(const std::string& program, std::vector<std::string> arguments) {
  return start(program, std::move(arguments), false);
}

bool PipedProgram::read(char* to, std::size_t size_bytes, const StopEvent& stop) {
  while (size_bytes > 0) {
    if (!stop.wait_for_fd(pipe_.fd(), POLLIN, std::chrono::steady_clock::time_point::max())) return false;
    const auto got = ::read(pipe_.fd(), to, size_bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size_bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

Status PipedProgram::write(const char* from, std::size_t size_bytes) {
  while (size_bytes > 0) {
    const auto put = ::write(pipe_.fd(), from, size_bytes);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail(ErrorCode::kUnavailable, "{}: does not take its input", program_);
    from += put;
    size_bytes -= static_cast<std::size_t>(put);
  }
  return {};
}

Status PipedProgram::finish() {
  pipe_.close();
  constexpr auto kLimit = std::chrono::seconds(30);
  const auto status = process_.wait(kLimit);
  if (!status) return fail(ErrorCode::kUnavailable, "{}: does not end", program_);
  if (!status->clean()) return fail(ErrorCode::kInvalid, "{}: {}", program_, status->text());
  return {};
}

}  // namespace stream::sim
