#include "stream/test/shared_data.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <system_error>

#include "stream/common/process.hpp"

namespace stream::test {
namespace fs = std::filesystem;
namespace {

// Held by one process at a time, until it ends at the latest.
class FileLock {
 public:
  explicit FileLock(const fs::path& file) : fd_(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    if (fd_ >= 0) ::flock(fd_, LOCK_EX);
  }
  ~FileLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  const int fd_;
};

}  // namespace

Result<fs::path> shared_dir() {
  const char* configured = std::getenv("STREAM_SHARED_DIR");
  const fs::path dir =
      configured != nullptr ? fs::path(configured) : fs::path(STREAM_SOURCE_DIR).parent_path() / "shared";
  std::error_code ec;
  if (!fs::is_directory(dir, ec)) {
    return fail(ErrorCode::kNotFound, "{}: no such folder; STREAM_SHARED_DIR can name another", dir.string());
  }
  return fs::canonical(dir, ec);
}

Result<fs::path> assembled_frames() {
  const auto shared = shared_dir();
  if (!shared) return tl::unexpected(shared.error());
  const fs::path source = *shared / "frames";
  const fs::path target = fs::temp_directory_path() / fmt::format("stream-test-frames-{}", ::getuid());
  const fs::path done = target / "complete";

  std::error_code ec;
  fs::create_directories(target, ec);
  const FileLock lock(target / "lock");
  if (fs::exists(done, ec)) return target;
  ProcessOptions assemble;
  assemble.arguments = {"/usr/bin/python3", (source / "assemble.py").string(), source.string(),
                        target.string()};
  auto process = Process::start(assemble);
  if (!process) return tl::unexpected(std::move(process.error()).within("assemble.py"));
  const auto ended = process->wait(std::chrono::minutes(2));
  if (!ended || !ended->clean()) {
    return fail(ErrorCode::kInternal, "assemble.py: {}",
                ended ? ended->text() : "not done after two minutes");
  }
  if (::close(::open(done.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) != 0) {
    return fail(ErrorCode::kInternal, "{}: cannot be written", done.string());
  }
  return target;
}

}  // namespace stream::test
