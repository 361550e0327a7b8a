// Preloaded into the nodes (LD_PRELOAD): a wall clock that can be set, a disk that can fail, a node that is
// slow.
//
//   STREAM_SHIM_CLOCK=<file>  8 bytes, a signed number of seconds that the wall clock is off; read at every
//   call STREAM_SHIM_DISK=<folder> while the file <folder>.errno exists, writing below <folder> fails with
//   the number in it
//   STREAM_SHIM_SLOW=<node>:<file>  while the file exists, the node of that name sleeps so many ms for every
//   frame
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

std::int64_t clock_offset() {
  static const volatile std::int64_t* const offset = [] {
    const char* file = std::getenv("STREAM_SHIM_CLOCK");
    const int fd = file != nullptr ? ::open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return static_cast<const volatile std::int64_t*>(nullptr);
    void* memory = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    return memory == MAP_FAILED ? nullptr : static_cast<const volatile std::int64_t*>(memory);
  }();
  return offset != nullptr ? *offset : 0;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// The number in a small file; 0 when there is none.
int number_in(const char* name) {
  const int file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC));
  if (file < 0) return 0;
  char number[16] = {};
  const ssize_t got = ::read(file, number, sizeof number - 1);
  ::close(file);
  return got > 0 ? std::atoi(number) : 0;
}

// The file that makes this process slow; null: none does.
const char* slow_file() {
  static const char* const file = []() -> const char* {
    const char* setting = std::getenv("STREAM_SHIM_SLOW");
    const char* colon = setting != nullptr ? std::strchr(setting, ':') : nullptr;
    if (colon == nullptr) return nullptr;
    static char command[4096];
    const int in = ::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    const ssize_t got = ::read(in, command, sizeof command - 1);
    ::close(in);
    // Arguments end with a zero byte each: the name has to be a whole one.
    const auto length = static_cast<std::size_t>(colon - setting);
    for (ssize_t at = 0; at < got; at += static_cast<ssize_t>(std::strlen(command + at)) + 1) {
      if (std::strlen(command + at) == length && std::strncmp(command + at, setting, length) == 0)
        return colon + 1;
    }
    return nullptr;
  }();
  return file;
}

// The errno that writing to `fd` ends with now; 0: it works.
int disk_error(int fd) {
  static const char* const folder = std::getenv("STREAM_SHIM_DISK");
  if (folder == nullptr) return 0;
  char name[4096];
  std::snprintf(name, sizeof name, "%s.errno", folder);
  const int error = number_in(name);
  if (error == 0) return 0;
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char path[4096] = {};
  if (::readlink(link, path, sizeof path - 1) <= 0) return 0;
  return std::strncmp(path, folder, std::strlen(folder)) == 0 ? error : 0;
}

bool fails(int fd) {
  const int error = disk_error(fd);
  if (error != 0) errno = error;
  return error != 0;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* time) {
  static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = real(id, time);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) time->tv_sec += clock_offset();
  return result;
}

int gettimeofday(timeval* time, void* zone) {
  static const auto real = next<int (*)(timeval*, void*)>("gettimeofday");
  const int result = real(time, zone);
  if (result == 0) time->tv_sec += clock_offset();
  return result;
}

time_t time(time_t* out) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

ssize_t write(int fd, const void* memory, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  return fails(fd) ? -1 : real(fd, memory, size);
}

ssize_t pwrite64(int fd, const void* memory, size_t size, off64_t at) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return fails(fd) ? -1 : real(fd, memory, size, at);
}

ssize_t pwrite(int fd, const void* memory, size_t size, off_t at) {
  return pwrite64(fd, memory, size, at);
}

int fsync(int fd) {
  static const auto real = next<int (*)(int)>("fsync");
  return fails(fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
  static const auto real = next<int (*)(int)>("fdatasync");
  return fails(fd) ? -1 : real(fd);
}

int ftruncate64(int fd, off64_t size) {
  static const auto real = next<int (*)(int, off64_t)>("ftruncate64");
  return fails(fd) ? -1 : real(fd, size);
}

// libzmq's; a message is opaque here.
int zmq_msg_recv(void* message, void* socket, int flags) {
  static const auto real = next<int (*)(void*, void*, int)>("zmq_msg_recv");
  static const auto data = next<const char* (*)(void*)>("zmq_msg_data");
  const int size = real(message, socket, flags);
  constexpr const char* kFrames = "frame/";
  const char* file = slow_file();
  if (file != nullptr && size > 6 && std::strncmp(data(message), kFrames, 6) == 0) {
    const int sleep_ms = number_in(file);
    const timespec pause{sleep_ms / 1000, static_cast<long>(sleep_ms % 1000) * 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
  return size;
}

}  // extern "C"
