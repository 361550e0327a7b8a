#include "broker_config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace stream::broker {
namespace {

TEST(BrokerConfig, SampleFileHoldsTheDefaults) {
  BrokerConfig config;
  ConfigTable table;
  config.describe(table);
  std::ifstream sample(STREAM_SOURCE_DIR "/config/broker.json");
  EXPECT_EQ(nlohmann::json::parse(sample), table.to_json());
}

TEST(BrokerConfig, UnknownDurabilityIsAnError) {
  BrokerConfig config;
  config.durability = "none";
  const Status status = config.check();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "durability: found \"none\", expected power or process");
}

TEST(BrokerConfig, SecretKeyWithoutClientKeysIsAnError) {
  BrokerConfig config;
  config.server_secret_key_file = "broker.key";
  EXPECT_FALSE(config.check());
  config.client_public_keys_dir = "clients";
  EXPECT_TRUE(config.check());
}

}  // namespace
}  // namespace stream::broker
