#include "stream/bus/keys.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "stream/test/temporary_folder.hpp"

namespace stream::bus {
namespace {

TEST(Keys, PairIsWrittenReadAndFitsTogether) {
  const test::TemporaryFolder folder;
  const auto keys = make_key_pair();
  ASSERT_TRUE(keys);
  ASSERT_TRUE(save_key_pair(*keys, folder.path(), "broker"));
  EXPECT_EQ(read_key(folder.path() / "broker.key").value(), keys->secret_key);
  EXPECT_EQ(read_key(folder.path() / "broker.pub").value(), keys->public_key);
  EXPECT_EQ(public_key_of(keys->secret_key), keys->public_key);
  struct stat found {};
  ASSERT_EQ(::stat((folder.path() / "broker.key").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST(Keys, NeverOverwritten) {
  const test::TemporaryFolder folder;
  const KeyPair first = make_key_pair().value();
  ASSERT_TRUE(save_key_pair(first, folder.path(), "a"));
  const Status again = save_key_pair(make_key_pair().value(), folder.path(), "a");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_EQ(read_key(folder.path() / "a.key").value(), first.secret_key);
}

TEST(Keys, UnusableFileIsNamedWithoutItsContent) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "a.key";
  std::ofstream(file) << "a secret that is no key\n";
  const auto key = read_key(file);
  ASSERT_FALSE(key);
  EXPECT_THAT(key.error().message, testing::HasSubstr(file.string()));
  EXPECT_THAT(key.error().message, testing::Not(testing::HasSubstr("secret that")));
  EXPECT_EQ(read_key(folder.path() / "absent.key").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace stream::bus
