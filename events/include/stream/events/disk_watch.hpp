// Whether the disk of a folder is nearly full.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "stream/common/config.hpp"
#include "stream/common/periodic.hpp"
#include "stream/events/system_events.hpp"

namespace stream::events {

struct DiskSpace {
  double used_percent = 0;  // of what we may use, as df says it; of the files, when that is more
  std::uint64_t available_bytes = 0;
};

// Empty when there is no such folder.
std::optional<DiskSpace> disk_space(const std::filesystem::path& folder);

// Remembers what it said, so that a disk at the limit is not now one thing and now the other: nearly full
// from `percent` up, and until it is 5 points below. A value.
class DiskGauge {
 public:
  explicit DiskGauge(std::uint32_t percent) : percent_(percent) {}
  bool nearly_full(double used_percent);

 private:
  std::uint32_t percent_;
  bool nearly_full_ = false;
};

struct DiskWatchOptions {
  std::uint32_t nearly_full_percent = 90;  // 0: not watched
  std::chrono::milliseconds every{2000};

  // Adds disk_nearly_full_percent.
  void describe(ConfigTable& table);
};

// Looks at the disk of `folder` from the constructor to the destructor.
class DiskWatch {
 public:
  // `events` must outlive it.
  DiskWatch(SystemEvents& events, const std::filesystem::path& folder, const DiskWatchOptions& options = {});

 private:
  void look();

  SystemEvents& events_;
  const std::filesystem::path folder_;
  const DiskWatchOptions options_;
  DiskGauge gauge_;                   // the thread's
  std::optional<Periodic> periodic_;  // last: ends before what it uses
};

}  // namespace stream::events
