#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_line.hpp"

namespace stream::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

TEST(ReceiveCommand, SaysWhereItListensAndEndsWhenStopped) {
  CommandLine streamctl;
  streamctl.stop = true;
  const auto outcome = streamctl.run({"receive", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, ContainsRegex("receiving at http://127.0.0.1:[0-9]+/api/upload"));
}

TEST(ReceiveCommand, AddressThatCannotBeHadIsAnError) {
  CommandLine streamctl;
  const auto outcome = streamctl.run({"receive", "--listen", "nonsense"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("nonsense"));
}

}  // namespace
}  // namespace stream::cli
