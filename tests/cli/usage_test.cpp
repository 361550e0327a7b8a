#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_line.hpp"

namespace stream::cli {
namespace {

using ::testing::HasSubstr;

class UsageTest : public ::testing::Test {
 protected:
  CommandLine streamctl_;
};

TEST_F(UsageTest, HelpIsEverywhereAndEndsWithZero) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"task", "--help"},
                                             {"task", "create", "-h"},
                                             {"tap", "--help"},
                                             {"alarm", "--help"},
                                             {"alarm", "retry", "--help"},
                                             {"nodes", "--help"},
                                             {"keygen", "--help"},
                                             {"receive", "--help"},
                                             {"completion", "--help"}}) {
    const auto outcome = streamctl_.run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << arguments[0];
    EXPECT_THAT(outcome.out, HasSubstr("Usage:")) << arguments[0];
    EXPECT_EQ(outcome.err, "");
  }
}

TEST_F(UsageTest, WrongUsageEndsWithTwoAndSaysWhy) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"tsak"},
                                             {"task"},
                                             {"task", "create"},
                                             {"task", "query"},
                                             {"tap"},
                                             {"tap", "fram"},
                                             {"nodes", "--nope"},
                                             {"tap", "frame", "--count", "x"},
                                             {"alarm", "retry"},
                                             {"alarm", "retry", "a", "--all"}}) {
    const auto outcome = streamctl_.run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << ::testing::PrintToString(arguments);
    EXPECT_NE(outcome.err, "") << ::testing::PrintToString(arguments);
  }
}

TEST_F(UsageTest, VersionIsPrinted) {
  const auto outcome = streamctl_.run({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "streamctl " STREAM_VERSION "\n");
}

TEST_F(UsageTest, FlagsMayBeWrittenWithUnderscores) {
  EXPECT_EQ(streamctl_.run({"nodes", "--data_dir", "/some_where"}).exit_code, 0);
}

TEST_F(UsageTest, AbsentBrokerIsNamedWithItsEndpoint) {
  streamctl_.broker_is_there = false;
  const auto outcome = streamctl_.run({"nodes", "--data-dir", "/some_where"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("ipc:///some_where/run/control.sock"));
}

TEST_F(UsageTest, EndpointsMayBeSetOneByOne) {
  streamctl_.broker_is_there = false;
  EXPECT_THAT(streamctl_.run({"nodes", "--set", "broker.control=tcp://10.0.0.1:5557"}).err,
              HasSubstr("tcp://10.0.0.1:5557"));
  const auto unknown = streamctl_.run({"nodes", "--set", "broker.controll=x"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("broker.controll"));
}

}  // namespace
}  // namespace stream::cli
