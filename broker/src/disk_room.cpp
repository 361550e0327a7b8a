#include "disk_room.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "stream/common/log.hpp"

namespace stream::broker {

DiskRoom::DiskRoom(std::filesystem::path directory, std::uint64_t ballast_bytes)
    : directory_(std::move(directory)), ballast_(directory_ / "ballast"), ballast_bytes_(ballast_bytes) {
  full_ = !make_ballast();
  if (full_) log::warn("disk_full", {{"directory", directory_.string()}, {"missing_bytes", ballast_bytes_}});
}

void DiskRoom::ran_out() {
  std::error_code ignored;
  std::filesystem::remove(ballast_, ignored);
  if (!full_) log::warn("disk_full", {{"directory", directory_.string()}});
  full_ = true;
  next_look_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
}

void DiskRoom::look_again() {
  const auto now = std::chrono::steady_clock::now();
  if (!full_ || now < next_look_) return;
  next_look_ = now + std::chrono::seconds(1);
  std::error_code failed;
  const auto space = std::filesystem::space(directory_, failed);
  // A quarter more than the ballast, or one message would fill the disk again.
  if (failed || space.available < ballast_bytes_ + ballast_bytes_ / 4 || !make_ballast()) return;
  full_ = false;
  log::info("disk_has_room", {{"directory", directory_.string()}});
}

bool DiskRoom::make_ballast() const {
  const int descriptor = ::open(ballast_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  const bool made = ::posix_fallocate(descriptor, 0, static_cast<off_t>(ballast_bytes_)) == 0;
  ::close(descriptor);
  std::error_code ignored;
  if (!made) std::filesystem::remove(ballast_, ignored);
  return made;
}

}  // namespace stream::broker
