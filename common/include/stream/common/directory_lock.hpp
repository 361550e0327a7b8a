// One process of a kind for each data directory.
#pragma once

#include <filesystem>
#include <string_view>

#include "stream/common/result.hpp"

namespace stream {

// Holds the lock until it is destroyed or the process ends, however it ends.
class DirectoryLock {
 public:
  // kConflict when another process holds it, which is then called "another <who>"; never waits. Creates the
  // directory (0700) if need be. The file "lock" in it stays.
  static Result<DirectoryLock> take(const std::filesystem::path& directory, std::string_view who);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Makes `directory` and its parents where they are missing, the last one 0700; kInvalid when it is there and
// others may enter it.
Status make_private_directory(const std::filesystem::path& directory);

}  // namespace stream
