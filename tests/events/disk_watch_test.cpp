#include "stream/events/disk_watch.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace stream::events {
namespace {

TEST(DiskGauge, StaysNearlyFullUntilThereIsClearlyRoom) {
  DiskGauge gauge(90);
  EXPECT_FALSE(gauge.nearly_full(89.9));
  EXPECT_TRUE(gauge.nearly_full(90));
  EXPECT_TRUE(gauge.nearly_full(89.9));
  EXPECT_TRUE(gauge.nearly_full(85));
  EXPECT_FALSE(gauge.nearly_full(84.9));
  EXPECT_FALSE(gauge.nearly_full(89.9));
}

TEST(DiskSpace, IsThatOfTheFolder) {
  const auto folder = std::filesystem::temp_directory_path();
  const auto space = disk_space(folder);
  ASSERT_TRUE(space);
  EXPECT_GE(space->used_percent, 0);
  EXPECT_LE(space->used_percent, 100);
  EXPECT_LE(space->available_bytes, std::filesystem::space(folder).capacity);
  EXPECT_EQ(disk_space(folder / "no" / "such" / "folder"), std::nullopt);
}

TEST(DiskSpace, AFileSystemWithoutBlocksIsNotFull) {
  const auto space = disk_space("/proc/self");
  ASSERT_TRUE(space);
  EXPECT_EQ(space->used_percent, 0) << "nothing to use is not full";
}

}  // namespace
}  // namespace stream::events
