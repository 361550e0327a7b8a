#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "command_line.hpp"

namespace stream::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(KeysCommand, KeysAreShownWithoutTheirValues) {
  CommandLine streamctl;
  ASSERT_TRUE(streamctl.bus().cas("task/cam1", 0, "rtsp://user:secret@camera/1").done());
  ASSERT_TRUE(streamctl.bus().cas("st/cam1/0", 0, "state").done());
  const auto outcome = streamctl.run({"keys"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("task/cam1"));
  EXPECT_THAT(outcome.out, HasSubstr("st/cam1/0"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("secret")));
}

TEST(KeysCommand, PrefixNarrowsThem) {
  CommandLine streamctl;
  const auto made = streamctl.bus().cas("task/cam1", 0, "12345");
  ASSERT_TRUE(made.done());
  ASSERT_TRUE(streamctl.bus().cas("st/cam1/0", 0, "state").done());
  const auto outcome = streamctl.run({"keys", "task/", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json, nlohmann::json({{"key", "task/cam1"}, {"bytes", 5}, {"revision", made.revision}}));
}

}  // namespace
}  // namespace stream::cli
