#include "stream/common/fail_point.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "stream/test/temporary_folder.hpp"

namespace stream {
namespace {

// What becomes of a process with this setting that passes the point so often; the exit code says how often it
// did.
void run(const std::string& setting, int passes) {
  ::setenv("STREAM_FAIL_POINT", setting.c_str(), 1);
  if (!arm_fail_points()) std::_Exit(100);
  for (int i = 0; i < passes; ++i) fail_point("broker.after_commit");
  std::_Exit(passes);
}

TEST(FailPointDeathTest, NobodyDiesWithoutOneOrAtAnother) {
  EXPECT_EXIT(run("", 2), testing::ExitedWithCode(2), "");
  EXPECT_EXIT(run("broker.before_commit", 2), testing::ExitedWithCode(2), "");
}

TEST(FailPointDeathTest, DiesAtTheNthPass) {
  EXPECT_EXIT(run("broker.after_commit", 1), testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(run("broker.after_commit:3", 2), testing::ExitedWithCode(2), "");
  EXPECT_EXIT(run("broker.after_commit:3", 3), testing::KilledBySignal(SIGKILL), "");
}

TEST(FailPointDeathTest, WithAFileOnlyOneDies) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "died:here";
  const std::string setting = "broker.after_commit:1:" + file.string();
  EXPECT_EXIT(run(setting, 1), testing::KilledBySignal(SIGKILL), "");
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EXIT(run(setting, 1), testing::ExitedWithCode(1), "");
}

TEST(FailPointDeathTest, OneOfSeveralIsEnough) {
  EXPECT_EXIT(run("api.after_launch,broker.after_commit:2", 1), testing::ExitedWithCode(1), "");
  EXPECT_EXIT(run("api.after_launch,broker.after_commit:2", 2), testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(run("broker.after_commit:2,api.after_launch", 2), testing::KilledBySignal(SIGKILL), "");
}

TEST(FailPointDeathTest, WrongSettingIsRefused) {
  for (const char* wrong : {"broker.nowhere", "broker.after_commit:0", "broker.after_commit:x", ":1",
                            "broker.after_commit,nowhere"}) {
    EXPECT_EXIT(run(wrong, 1), testing::ExitedWithCode(100), "") << wrong;
  }
}

TEST(FailPoint, NamesDifferAndSayWhichNode) {
  EXPECT_EQ(std::set(kFailPoints.begin(), kFailPoints.end()).size(), kFailPoints.size());
  const std::set<std::string_view> roles = {"broker", "api", "ingest", "logic", "reporter"};
  for (const std::string_view name : kFailPoints) {
    EXPECT_TRUE(roles.contains(name.substr(0, name.find('.')))) << name;
  }
}

}  // namespace
}  // namespace stream
