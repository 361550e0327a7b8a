#include "stream/common/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "stream/test/temporary_folder.hpp"

namespace stream {
namespace {

class WriteFile : public ::testing::Test {
 protected:
  std::string content(const std::string& name) const {
    std::ifstream file(folder_.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(folder_.path()), {});
  }

  const test::TemporaryFolder folder_;
};

TEST_F(WriteFile, MakesAndReplacesAFileAndLeavesNothingElse) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(write_file(folder_.path() / "x", bytes));
  EXPECT_EQ(content("x"), bytes);
  ASSERT_TRUE(write_file(folder_.path() / "x", ""));
  EXPECT_EQ(content("x"), "");
  EXPECT_EQ(files(), 1);
}

TEST_F(WriteFile, TakesTheLongestNames) {
  EXPECT_TRUE(write_file(folder_.path() / std::string(255, 'n'), "x"));
}

TEST_F(WriteFile, WhatCannotBeReplacedStaysAndNothingIsLeftBehind) {
  std::filesystem::create_directories(folder_.path() / "folder" / "inside");
  const auto written = write_file(folder_.path() / "folder", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(written.error().message, ::testing::HasSubstr("folder: Is a directory"));
  EXPECT_EQ(files(), 1);
}

TEST_F(WriteFile, MissingFolderIsNamed) {
  const auto written = write_file(folder_.path() / "none" / "x", "x");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, ::testing::HasSubstr("none/x: No such file or directory"));
}

}  // namespace
}  // namespace stream
