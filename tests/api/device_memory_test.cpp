#include "device_memory.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

TEST(DeviceMemory, IsReadFromWhatTheDriverTells) {
  EXPECT_EQ(parse_free_memory("Summary:\n[0] npu heap size:4141875200 bytes, used:144646144 bytes\n"
                              "usage rate:4%, memory usage peak 0 bytes\n"),
            3997229056U);
  EXPECT_EQ(parse_free_memory(
                "[0] npu heap size:100 bytes, used:90 bytes\n[1] vpp heap size:100 bytes, used:97 bytes"),
            3U)
      << "the heap with the least";
  EXPECT_EQ(parse_free_memory("heap size:100 bytes, used:101 bytes"), 0U);
}

TEST(DeviceMemory, PlainNumberIsTheFreeBytes) {
  EXPECT_EQ(parse_free_memory("123456789\n"), 123456789U);
  EXPECT_EQ(parse_free_memory(" 0 "), 0U);
}

TEST(DeviceMemory, EverythingElseTellsNothing) {
  for (const char* text : {"", "\n", "Summary:", "12 MiB", "-1", "heap size:100 bytes", "heap size:x, used:3",
                           "99999999999999999999"}) {
    EXPECT_EQ(parse_free_memory(text), std::nullopt) << text;
  }
}

TEST(DeviceMemory, FileThatIsNotThereTellsNothing) {
  const stream::test::TemporaryFolder folder;
  EXPECT_EQ(read_free_memory(folder.path() / "none"), std::nullopt);
  EXPECT_EQ(read_free_memory(folder.path()), std::nullopt);
  std::ofstream(folder.path() / "free") << "42\n";
  EXPECT_EQ(read_free_memory(folder.path() / "free"), 42U);
}

}  // namespace
}  // namespace stream::api
