#include "stream/events/disk_watch.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>

namespace stream::events {
namespace {

constexpr double kHysteresisPoints = 5;
constexpr double kGiB = 1024.0 * 1024 * 1024;

// `free` counts what only root may use, `available` does not.
double used_percent(double total, double free, double available) {
  const double used = total - free;
  return used + available > 0 ? 100 * used / (used + available) : 0;
}

}  // namespace

std::optional<DiskSpace> disk_space(const std::filesystem::path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
  const auto as_double = [](auto count) { return static_cast<double>(count); };
  DiskSpace space;
  space.used_percent =
      std::max(used_percent(as_double(disk.f_blocks), as_double(disk.f_bfree), as_double(disk.f_bavail)),
               used_percent(as_double(disk.f_files), as_double(disk.f_ffree), as_double(disk.f_favail)));
  space.available_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  return space;
}

bool DiskGauge::nearly_full(double used_percent) {
  const double limit = percent_ - (nearly_full_ ? kHysteresisPoints : 0);
  nearly_full_ = used_percent >= limit;
  return nearly_full_;
}

void DiskWatchOptions::describe(ConfigTable& table) {
  table.add("disk_nearly_full_percent", nearly_full_percent,
            "a disk of ours that is used so far is told as a system event; 0: never", {0, 100});
}

DiskWatch::DiskWatch(SystemEvents& events, const std::filesystem::path& folder,
                     const DiskWatchOptions& options)
    : events_(events),
      folder_(std::filesystem::absolute(folder).lexically_normal()),
      options_(options),
      gauge_(options.nearly_full_percent) {
  if (options_.nearly_full_percent == 0) return;
  periodic_.emplace(options_.every, [this](auto) { look(); });
}

void DiskWatch::look() {
  const auto space = disk_space(folder_);
  if (!space) return;
  const auto text = fmt::format("{:.0f} % used, {:.1f} GiB left", space->used_percent,
                                static_cast<double>(space->available_bytes) / kGiB);
  events_.see({Kind::kDisk, folder_.string(), gauge_.nearly_full(space->used_percent), text});
}

}  // namespace stream::events
