#include "ingest_config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace stream::ingest {
namespace {

TEST(IngestConfig, SampleFileHoldsTheDefaults) {
  IngestConfig config;
  ConfigTable table;
  config.describe(table);
  std::ifstream sample(STREAM_SOURCE_DIR "/config/ingest-node.json");
  EXPECT_EQ(nlohmann::json::parse(sample), table.to_json());
}

TEST(IngestConfig, AdvertisedAddressIsOneThatOthersCanUse) {
  IngestConfig config;
  EXPECT_EQ(advertised_address(config, "0.0.0.0:10001"), "127.0.0.1:10001");
  EXPECT_EQ(advertised_address(config, "[::]:10001"), "[::1]:10001");
  EXPECT_EQ(advertised_address(config, "10.1.2.3:10001"), "10.1.2.3:10001");
  config.advertise = "ingest.example:80";
  EXPECT_EQ(advertised_address(config, "0.0.0.0:10001"), "ingest.example:80");
}

}  // namespace
}  // namespace stream::ingest
