#include "config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "stream/bus/zmq_bus.hpp"

namespace stream::reporter {
namespace {

TEST(ReporterConfig, SampleFileHoldsTheDefaults) {
  ReporterConfig config;
  bus::ZmqBusOptions broker;
  ConfigTable table;
  config.describe(table);
  broker.describe(table);
  std::ifstream sample(STREAM_SOURCE_DIR "/config/reporter-node.json");
  ASSERT_TRUE(sample.is_open());
  EXPECT_EQ(nlohmann::json::parse(sample), table.to_json()) << table.to_json().dump(2);
}

TEST(ReporterConfig, ReachesThePartsItIsFor) {
  ReporterConfig config;
  ConfigTable table;
  config.describe(table);
  for (const auto* assignment :
       {"connect_timeout_ms=11", "send_timeout_ms=12", "answer_timeout_ms=13", "retry_first_ms=14",
        "retry_most_ms=15", "url_in_flight=16", "url_held=17", "held_alarms=18"}) {
    ASSERT_TRUE(table.set(assignment)) << assignment;
  }
  using std::chrono::milliseconds;
  EXPECT_EQ(config.poster().connect_timeout, milliseconds(11));
  EXPECT_EQ(config.poster().send_timeout, milliseconds(12));
  EXPECT_EQ(config.poster().answer_timeout, milliseconds(13));
  EXPECT_EQ(config.backoff().first, milliseconds(14));
  EXPECT_EQ(config.backoff().most, milliseconds(15));
  EXPECT_EQ(config.lines().in_flight, 16U);
  EXPECT_EQ(config.lines().held, 17U);
  EXPECT_EQ(config.lines().trials, 9U);
}

}  // namespace
}  // namespace stream::reporter
