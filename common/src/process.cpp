#include "stream/common/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "stream/common/assert.hpp"

namespace stream {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (value_ >= 0) close(value_);
  }

  int get() const { return value_; }

 private:
  const int value_;
};

// What raise_descriptor_limit() found.
std::optional<rlimit>& inherited_descriptor_limit() {
  static std::optional<rlimit> limit;
  return limit;
}

// Everything the child needs, made before fork: after it only async-signal-safe calls are allowed, because
// another thread may have held the allocator's lock.
struct ChildPlan {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* working_directory = nullptr;
  int output = -1;
  std::vector<std::pair<int, int>> descriptors;  // child's number, ours (above all of the child's numbers)
  int report = -1;                               // what failed goes here
  bool own_group = false;
  bool dies_with_parent = false;
  pid_t parent = 0;
  std::optional<rlimit> descriptor_limit;
};

// What the child writes when it cannot become the program.
struct ChildFailure {
  bool directory = false;  // else descriptors or exec
  int error_number = 0;
};

[[noreturn]] void report_and_exit(const ChildPlan& plan, bool directory) {
  const ChildFailure failure{directory, errno};
  [[maybe_unused]] const ssize_t written = write(plan.report, &failure, sizeof failure);
  _exit(127);
}

// Closes at exec whatever the child did not ask for; keeps the report open until then.
void close_the_others(const ChildPlan& plan) {
  int highest = STDERR_FILENO;
  for (const auto& [target, source] : plan.descriptors) highest = std::max(highest, target);
  for (int fd = STDERR_FILENO + 1; fd <= highest; ++fd) {
    const bool wanted = std::any_of(plan.descriptors.begin(), plan.descriptors.end(),
                                    [fd](const auto& pair) { return pair.first == fd; });
    if (!wanted) close(fd);
  }
  constexpr unsigned kCloseOnExec =
      4;  // CLOSE_RANGE_CLOEXEC, Linux 5.11; our own descriptors have the flag anyway
  syscall(SYS_close_range, static_cast<unsigned>(highest) + 1, ~0U, kCloseOnExec);
}

[[noreturn]] void run_child(const ChildPlan& plan) {
  if (plan.own_group) setpgid(0, 0);
  if (plan.dies_with_parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan.parent) _exit(127);  // the parent ended before the line above
  }
  if (plan.descriptor_limit) setrlimit(RLIMIT_NOFILE, &*plan.descriptor_limit);
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (plan.working_directory != nullptr && chdir(plan.working_directory) != 0) report_and_exit(plan, true);
  if (plan.output >= 0 && (dup2(plan.output, STDOUT_FILENO) < 0 || dup2(plan.output, STDERR_FILENO) < 0)) {
    report_and_exit(plan, false);
  }
  for (const auto& [target, source] : plan.descriptors) {
    if (dup2(source, target) < 0) report_and_exit(plan, false);
  }
  close_the_others(plan);
  execve(plan.arguments[0], plan.arguments.data(), plan.environment.data());
  report_and_exit(plan, false);
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!added.contains(std::string(text.substr(0, text.find('='))))) out.emplace_back(text);
  }
  for (const auto& [name, value] : added) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

ErrorCode code_of(int error_number) {
  if (error_number == ENOENT || error_number == ENOTDIR) return ErrorCode::kNotFound;
  if (error_number == EACCES || error_number == ENOEXEC || error_number == E2BIG) return ErrorCode::kInvalid;
  return ErrorCode::kUnavailable;
}

tl::unexpected<Error> system_failure(std::string_view what, int error_number) {
  return fail(code_of(error_number), "{}: {}", what, std::strerror(error_number));
}

ExitStatus status_of(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {true, WTERMSIG(wait_status)};
  return {false, WEXITSTATUS(wait_status)};
}

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  inherited_descriptor_limit() = limit;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string ExitStatus::text() const {
  if (signalled) return fmt::format("signal {} ({})", value, strsignal(value));
  return fmt::format("exit code {}", value);
}

Result<Process> Process::start(const ProcessOptions& options) {
  STREAM_ASSERT(!options.arguments.empty(), "an executable to start");
  std::vector<std::string> arguments = options.arguments;
  std::vector<std::string> environment = merged_environment(options.environment);
  const std::string directory = options.working_directory.string();

  const FileDescriptor output(
      options.output_file.empty()
          ? -1
          : open(options.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!options.output_file.empty() && output.get() < 0) {
    return system_failure(options.output_file.string(), errno);
  }
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return system_failure("pipe", errno);
  const FileDescriptor report_read(pipe_ends[0]);
  auto report_write = std::make_unique<FileDescriptor>(pipe_ends[1]);

  // Copies above every number the child wants, so that no dup2 in the child overwrites another's source.
  int above = STDERR_FILENO + 1;
  for (const auto& [target, source] : options.file_descriptors) above = std::max(above, target + 1);
  std::vector<std::unique_ptr<FileDescriptor>> copies;
  const auto copy_above = [&](int source) {
    copies.push_back(std::make_unique<FileDescriptor>(fcntl(source, F_DUPFD_CLOEXEC, above)));
    return copies.back()->get();
  };

  ChildPlan plan;
  plan.arguments = pointers_to(arguments);
  plan.environment = pointers_to(environment);
  plan.working_directory = directory.empty() ? nullptr : directory.c_str();
  plan.own_group = options.own_group;
  plan.dies_with_parent = options.dies_with_parent;
  plan.parent = getpid();
  plan.descriptor_limit = inherited_descriptor_limit();
  plan.report = copy_above(report_write->get());
  plan.output = output.get() < 0 ? -1 : copy_above(output.get());
  for (const auto& [target, source] : options.file_descriptors) {
    plan.descriptors.emplace_back(target, copy_above(source));
  }
  for (const auto& copy : copies) {
    if (copy->get() < 0) return system_failure("cannot pass on a file descriptor", errno);
  }

  const pid_t pid = fork();
  if (pid < 0) return system_failure("fork", errno);
  if (pid == 0) run_child(plan);
  copies.clear();
  report_write.reset();

  if (options.own_group) setpgid(pid, pid);  // the child does the same; whoever comes first, it is done now
  Process process(pid, options.own_group);
  ChildFailure failure;
  ssize_t got = 0;
  do {
    got = read(report_read.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof failure)) {
    return system_failure(failure.directory ? directory : arguments[0], failure.error_number);
  }
  return process;
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), own_group_(other.own_group_), ended_(other.ended_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    const Process old(std::move(*this));  // ends what we had
    pid_ = std::exchange(other.pid_, -1);
    own_group_ = other.own_group_;
    ended_ = other.ended_;
  }
  return *this;
}

Process::~Process() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  while (!wait(std::chrono::seconds(1))) signal(SIGKILL);
}

std::optional<ExitStatus> Process::poll() {
  if (ended_ || pid_ < 0) return ended_;
  kill_what_is_left();
  int status = 0;
  const pid_t reaped = waitpid(pid_, &status, WNOHANG);
  if (reaped == pid_) ended_ = status_of(status);
  if (reaped < 0 && errno == ECHILD) ended_ = ExitStatus{true, SIGKILL};  // somebody else reaped it
  return ended_;
}

std::optional<ExitStatus> Process::wait(std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  // A pidfd would wait without polling, but the kernels of old boxes (before 5.3) have none.
  auto pause = std::chrono::milliseconds(1);
  while (!poll()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
  return ended_;
}

// As long as the child is not reaped nobody else can get its number.
void Process::kill_what_is_left() {
  if (!own_group_) return;
  siginfo_t end{};
  const int looked = waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOHANG | WNOWAIT);
  if (looked == 0 && end.si_pid == pid_) kill(-pid_, SIGKILL);
}

void Process::signal(int number) {
  if (pid_ < 0 || poll()) return;
  kill(own_group_ ? -pid_ : pid_, number);
}

ExitStatus Process::stop(std::chrono::milliseconds grace) {
  signal(SIGTERM);
  if (!wait(grace)) signal(SIGKILL);
  while (!wait(std::chrono::seconds(1))) signal(SIGKILL);
  return *ended_;
}

}  // namespace stream
