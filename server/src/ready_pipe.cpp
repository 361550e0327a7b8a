#include "ready_pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <system_error>
#include <utility>

namespace stream::server {
namespace {

constexpr std::size_t kLongestLineBytes = 4096;

void close_once(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

}  // namespace

void take_line(std::string_view line, NodeWords& words) {
  constexpr std::string_view kReady = "READY";
  constexpr std::string_view kFailed = "FAILED ";
  if (line.starts_with(kFailed)) {
    words.failure = line.substr(kFailed.size());
    return;
  }
  if (!line.starts_with(kReady) || (line.size() > kReady.size() && line[kReady.size()] != ' ')) return;
  words.ready = true;
  std::istringstream rest{std::string(line.substr(kReady.size()))};
  for (std::string word; rest >> word;) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) words.values[word.substr(0, equals)] = word.substr(equals + 1);
  }
}

Result<ReadyPipe> ReadyPipe::make() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kUnavailable, "pipe: {}", std::system_category().message(errno));
  }
  ReadyPipe pipe(ends[0], ends[1]);
  ::fcntl(pipe.our_end_, F_SETFL, O_NONBLOCK);
  return pipe;
}

ReadyPipe::ReadyPipe(ReadyPipe&& other) noexcept
    : our_end_(std::exchange(other.our_end_, -1)),
      child_end_(std::exchange(other.child_end_, -1)),
      unread_(std::move(other.unread_)),
      words_(std::move(other.words_)) {}

ReadyPipe& ReadyPipe::operator=(ReadyPipe&& other) noexcept {
  std::swap(our_end_, other.our_end_);
  std::swap(child_end_, other.child_end_);
  std::swap(unread_, other.unread_);
  std::swap(words_, other.words_);
  return *this;
}

ReadyPipe::~ReadyPipe() {
  close_once(our_end_);
  close_once(child_end_);
}

void ReadyPipe::close_child_end() {
  close_once(child_end_);
}

const NodeWords& ReadyPipe::words() {
  std::array<char, 1024> buffer{};
  for (ssize_t count = 0; our_end_ >= 0 && (count = ::read(our_end_, buffer.data(), buffer.size())) > 0;) {
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = unread_.find('\n')) != std::string::npos; unread_.erase(0, end + 1)) {
      take_line(std::string_view(unread_).substr(0, end), words_);
    }
    if (unread_.size() > kLongestLineBytes) unread_.resize(kLongestLineBytes);
  }
  return words_;
}

}  // namespace stream::server
