#include "text_diff.hpp"

#include <gtest/gtest.h>

namespace stream::cli {
namespace {

std::string diff(const std::string& before, const std::string& after) {
  return unified_diff(before, after, "a", "b");
}

std::string numbers(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += std::to_string(i) + "\n";
  return text;
}

TEST(UnifiedDiff, SameTextsHaveNone) {
  EXPECT_EQ(diff("", ""), "");
  EXPECT_EQ(diff("x\ny\n", "x\ny\n"), "");
}

TEST(UnifiedDiff, ChangedLineStandsInItsContext) {
  EXPECT_EQ(diff(numbers(1, 9), numbers(1, 4) + "five\n" + numbers(6, 9)),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, NewAndEmptiedFilesCountFromZero) {
  EXPECT_EQ(diff("", "x\n"), "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+x\n");
  EXPECT_EQ(diff("x\n", ""), "--- a\n+++ b\n@@ -1,1 +0,0 @@\n-x\n");
}

TEST(UnifiedDiff, FarChangesAreHunksOfTheirOwnAndNearOnesAreNot) {
  const std::string before = numbers(1, 30);
  const std::string far = "0\n" + before + "31\n";
  EXPECT_EQ(diff(before, far),
            "--- a\n+++ b\n@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -28,3 +29,4 @@\n 28\n 29\n 30\n+31\n");
  EXPECT_EQ(diff(numbers(1, 8), numbers(2, 7)),
            "--- a\n+++ b\n@@ -1,8 +1,6 @@\n-1\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n");
}

}  // namespace
}  // namespace stream::cli
