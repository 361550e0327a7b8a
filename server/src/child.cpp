#include "child.hpp"

namespace stream::server {
namespace {

constexpr int kReadyFd = 3;  // the pipe's number in the child

std::string value_of(const NodeWords& words, const std::string& name) {
  const auto found = words.values.find(name);
  return found == words.values.end() ? std::string() : found->second;
}

}  // namespace

Status Child::start(Clock::time_point now) {
  auto pipe = ReadyPipe::make();
  if (!pipe) return tl::unexpected(std::move(pipe).error());

  ProcessOptions options;
  options.arguments = plan_.arguments;
  // A port that was picked stays the node's: others have its address.
  if (plan_.picks_port && !listen_address_.empty()) {
    options.arguments.insert(options.arguments.end(), {"--set", "listen=" + listen_address_});
  }
  options.environment = {{"STREAM_READY_FD", std::to_string(kReadyFd)}};
  options.file_descriptors = {{kReadyFd, pipe->child_end()}};
  auto process = Process::start(options);
  if (!process) {
    restart_at_ = now + delay_.next({});
    return tl::unexpected(std::move(process).error().within(plan_.arguments.front()));
  }
  pipe->close_child_end();
  pipe_ = std::move(*pipe);
  process_ = std::move(*process);
  state_ = State::kStarting;
  started_at_ = now;
  if (ever_started_) ++restarts_;
  ever_started_ = true;
  return {};
}

Child::Event Child::poll(Clock::time_point now) {
  if (state_ == State::kDown) return Event::kNothing;
  // The end is asked for before the words are read, so that nothing said before the end is missed.
  const auto status = process_->poll();
  const NodeWords& words = pipe_->words();
  if (state_ == State::kStarting && words.ready)
    return became_ready(words);  // an end comes with the next call
  return status ? ended(*status, words, now) : Event::kNothing;
}

void Child::signal(int number) {
  if (state_ != State::kDown) process_->signal(number);
}

Child::Event Child::became_ready(const NodeWords& words) {
  state_ = State::kReady;
  listen_address_ = value_of(words, "listen");
  admin_address_ = value_of(words, "admin");
  return Event::kBecameReady;
}

Child::Event Child::ended(const ExitStatus& status, const NodeWords& words, Clock::time_point now) {
  state_ = State::kDown;
  how_it_ended_ = words.failure.empty() ? status.text() : words.failure;
  restart_at_ = now + delay_.next(std::chrono::duration_cast<std::chrono::milliseconds>(now - started_at_));
  process_.reset();
  pipe_.reset();
  return Event::kEnded;
}

}  // namespace stream::server
