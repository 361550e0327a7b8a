#include "server_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "stream/test/temporary_folder.hpp"

namespace stream::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ServerConfig valid_config(const test::TemporaryFolder& dir) {
  ServerConfig config;
  config.data_dir = dir.path() / "data";
  config.stream_path = dir.path();
  return config;
}

TEST(SplitArguments, SettingsOfNodesAreTakenOutInBothSpellings) {
  const auto split = split_arguments(
      {"stream-server", "--set", "ingest.ring_mib=32", "--api-port", "0", "--set=logic-2.a.b=c"});
  EXPECT_THAT(split.own, ElementsAre("stream-server", "--api-port", "0"));
  EXPECT_THAT(split.settings, ElementsAre("ingest.ring_mib=32", "logic-2.a.b=c"));
}

TEST(SplitArguments, OwnKeysAndStrangeNodesStay) {
  const auto split = split_arguments({"stream-server", "--set", "api_port=0", "--set", "logical.x=1"});
  EXPECT_THAT(split.own, ElementsAre("stream-server", "--set", "api_port=0", "--set", "logical.x=1"));
  EXPECT_TRUE(split.settings.empty());
}

TEST(SplitArguments, LogLevelIsKeptAndPassedOn) {
  const auto split = split_arguments({"stream-server", "--log-level", "warn"});
  EXPECT_EQ(split.log_level, "warn");
  EXPECT_THAT(split.own, ElementsAre("stream-server", "--log-level", "warn"));
}

TEST(ParseSetting, NodeEndsAtTheFirstDot) {
  const auto setting = parse_setting("logic.broker.request_timeout_ms=5=6");
  ASSERT_TRUE(setting);
  EXPECT_EQ(*setting, (NodeSetting{"logic", "broker.request_timeout_ms=5=6"}));
}

TEST(ParseSetting, AnythingElseIsAnErrorThatHidesTheValue) {
  for (const char* text : {"ring_mib=32", ".x=1", "ingest.=secret", "ingest.ring_mib", "", "a=b.c"}) {
    const auto setting = parse_setting(text);
    ASSERT_FALSE(setting) << text;
    EXPECT_EQ(setting.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(setting.error().message, HasSubstr("expected node.key=value"));
    EXPECT_THAT(setting.error().message, Not(HasSubstr("secret")));
  }
}

TEST(CheckServerConfig, LogicProgramMustBeOne) {
  const test::TemporaryFolder dir;
  auto config = valid_config(dir);
  config.logic_program = dir.path() / "no-such-program";
  const auto checked = check(config);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("logic_program: "));
  config.logic_program = "/bin/true";
  EXPECT_TRUE(check(config));
}

TEST(CheckServerConfig, ValidConfigPasses) {
  const test::TemporaryFolder dir;
  EXPECT_TRUE(check(valid_config(dir)));
}

TEST(CheckServerConfig, MissingStreamPathIsNamed) {
  const test::TemporaryFolder dir;
  ServerConfig config = valid_config(dir);
  config.stream_path = dir.path() / "nowhere";
  const auto missing = check(config);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr(config.stream_path));

  config.stream_path.clear();
  const auto unset = check(config);
  ASSERT_FALSE(unset);
  EXPECT_THAT(unset.error().message, HasSubstr("--stream-path"));
}

TEST(CheckServerConfig, StreamPathThatIsAFileIsAnError) {
  const test::TemporaryFolder dir;
  ServerConfig config = valid_config(dir);
  config.stream_path = dir.path() / "file";
  std::ofstream(config.stream_path) << "not a folder";
  EXPECT_FALSE(check(config));
}

TEST(CheckServerConfig, PortsThatOverlapOrEndTooHighAreErrors) {
  const test::TemporaryFolder dir;
  ServerConfig config = valid_config(dir);
  config.ingest_nodes = 3;
  config.ingest_port = 65534;
  EXPECT_FALSE(check(config));
  config.ingest_port = 65533;
  EXPECT_TRUE(check(config));
  config.api_port = 65535;
  EXPECT_FALSE(check(config));
  config.ingest_port = 0;
  EXPECT_TRUE(check(config));
}

TEST(CheckServerConfig, SocketPathTooLongForTheSystemSaysByHowMuch) {
  const test::TemporaryFolder dir;
  ServerConfig config = valid_config(dir);
  const std::size_t rest = std::string("/run/subscribe.sock").size();
  config.data_dir = "/" + std::string(107 - rest - 1, 'd');
  EXPECT_TRUE(check(config));
  config.data_dir += "ddd";
  const auto checked = check(config);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("at least 3 bytes shorter"));
}

TEST(ServerConfig, ShippedSampleEqualsTheDefaults) {
  ServerConfig config;
  ConfigTable table;
  config.describe(table);
  std::ifstream sample(STREAM_SOURCE_DIR "/config/server.json");
  EXPECT_EQ(nlohmann::json::parse(sample), table.to_json());
}

}  // namespace
}  // namespace stream::server
