#include "stream/common/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace stream {

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory, std::string_view who) {
  if (auto status = make_private_directory(directory); !status)
    return tl::unexpected(std::move(status.error()));
  const auto file = directory / "lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(ErrorCode::kUnavailable, "{}: {}", file.string(), std::strerror(errno));
  DirectoryLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) {
    return fail(ErrorCode::kConflict, "{}: another {} runs on this data directory", directory.string(), who);
  }
  return fail(ErrorCode::kUnavailable, "{}: cannot be locked: {}", file.string(), std::strerror(errno));
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status make_private_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  if (directory.has_parent_path()) std::filesystem::create_directories(directory.parent_path(), failed);
  if (::mkdir(directory.c_str(), 0700) == 0) return {};
  if (errno != EEXIST)
    return fail(ErrorCode::kUnavailable, "{}: {}", directory.string(), std::strerror(errno));
  struct stat found {};
  if (::stat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    return fail(ErrorCode::kInvalid, "{}: expected a directory", directory.string());
  }
  if ((found.st_mode & 0077) != 0) {
    return fail(ErrorCode::kInvalid, "{}: found mode {:o}, expected 700: others must not reach what is in it",
                directory.string(), found.st_mode & 0777);
  }
  return {};
}

}  // namespace stream
