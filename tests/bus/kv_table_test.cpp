#include "kv_table.hpp"

#include <gtest/gtest.h>

namespace stream::bus {
namespace {

TEST(KvTable, ChangesTellOnlyTheLatestWriteOfEachKey) {
  KvTable table(1);
  table.write("a/1", "first");
  const Revision seen = table.revision();
  table.write("a/1", "second");
  table.write("a/1", "third");
  table.write("b/1", "elsewhere");

  const auto changes = table.changes("a/", seen);

  EXPECT_FALSE(changes.reset);
  ASSERT_EQ(changes.entries.size(), 1U);
  EXPECT_EQ(changes.entries[0].value, "third");
}

TEST(KvTable, DeletionIsToldToThoseWhoSawTheKey) {
  KvTable table(1);
  const Revision seen = table.write("a", "x");
  table.write("a", std::nullopt);

  const auto changes = table.changes("", seen);

  ASSERT_EQ(changes.entries.size(), 1U);
  EXPECT_TRUE(changes.entries[0].deleted);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.bytes(), 0U);
}

TEST(KvTable, ForgottenDeletionsResetThoseWhoMissedThem) {
  KvTable table(1, 10);
  const Revision seen = table.write("stays", "x");
  for (int i = 0; i < 20; ++i) {
    table.write("k" + std::to_string(i), "x");
    table.write("k" + std::to_string(i), std::nullopt);
  }

  EXPECT_TRUE(table.changes("", seen).reset);
  EXPECT_FALSE(table.changes("", table.revision()).reset);
  const auto whole = table.changes("", seen);
  ASSERT_EQ(whole.entries.size(), 1U);
  EXPECT_EQ(whole.entries[0].key, "stays");
}

TEST(KvTable, RevisionFromAnotherStoreResets) {
  KvTable table(100);
  EXPECT_TRUE(table.changes("", 50).reset);
  EXPECT_TRUE(table.changes("", 101).reset);
  EXPECT_FALSE(table.changed("", 100));
}

TEST(KvTable, RestoredKeysKeepTheirRevisions) {
  KvTable table(100);
  table.restore("a", "x", 7);
  EXPECT_EQ(table.revision_of("a"), 7U);
  EXPECT_EQ(table.write("a", "y"), 101U);
}

}  // namespace
}  // namespace stream::bus
