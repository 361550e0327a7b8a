#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "command_line.hpp"
#include "stream/bus/keys.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::cli {
namespace {

namespace fs = std::filesystem;

TEST(KeygenCommand, MakesPairsThatBelongTogetherAndHidesTheSecretOnes) {
  const test::TemporaryFolder folder;
  const fs::path keys = folder.path() / "new/keys";
  CommandLine streamctl;
  const auto outcome = streamctl.run({"keygen", keys});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const std::string name : {"broker", "client"}) {
    const auto secret = bus::read_key(keys / (name + ".key"));
    const auto open = bus::read_key(keys / (name + ".pub"));
    ASSERT_TRUE(secret && open);
    EXPECT_EQ(bus::public_key_of(*secret), *open);
    EXPECT_EQ(fs::status(keys / (name + ".key")).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(outcome.out.find(*secret), std::string::npos);
  }
}

TEST(KeygenCommand, NeverOverwritesAKey) {
  const test::TemporaryFolder folder;
  CommandLine streamctl;
  ASSERT_EQ(streamctl.run({"keygen", folder.path()}).exit_code, 0);
  const auto before = bus::read_key(folder.path() / "broker.key");
  const auto again = streamctl.run({"keygen", folder.path()});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_NE(again.err.find("broker"), std::string::npos);
  EXPECT_EQ(bus::read_key(folder.path() / "broker.key").value(), before.value());
}

}  // namespace
}  // namespace stream::cli
