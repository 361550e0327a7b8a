#include "config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace stream::logic {
namespace {

TEST(LogicConfig, ShippedSampleEqualsTheDefaults) {
  LogicConfig config;
  ConfigTable table;
  config.describe(table);
  std::ifstream sample(STREAM_SOURCE_DIR "/config/logic-node.json");
  ASSERT_TRUE(sample);
  EXPECT_EQ(nlohmann::json::parse(sample), table.to_json());
}

TEST(LogicConfig, NumbersThatCannotWorkAreRefused) {
  LogicConfig config;
  ConfigTable table;
  config.describe(table);
  EXPECT_FALSE(table.set("bus_threads=0"));
  EXPECT_FALSE(table.set("max_objects=0"));
  EXPECT_FALSE(table.set("weight=0"));
  EXPECT_FALSE(table.set("frame_queue=-1"));
  EXPECT_TRUE(table.set("picture_deadline_ms=500"));
}

}  // namespace
}  // namespace stream::logic
