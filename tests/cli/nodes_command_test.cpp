#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "stream/ownership/membership.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::cli {
namespace {

using ::testing::ContainsRegex;

NodeRecord record(const std::string& role, const std::string& node) {
  NodeRecord result;
  result.role = role;
  result.node = node;
  result.address = "127.0.0.1:10001";
  return result;
}

TEST(NodesCommand, MembersAreLive) {
  CommandLine streamctl;
  const ownership::Membership ingest(streamctl.bus(), record("ingest", "ingest-1"), {});
  ASSERT_TRUE(eventually([&] { return ingest.joined(); }));
  const auto outcome = streamctl.run({"nodes"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, ContainsRegex("ingest +ingest-1 +live +127.0.0.1:10001"));
}

TEST(NodesCommand, RecordThatStandsStillIsSilent) {
  CommandLine streamctl;
  ASSERT_TRUE(streamctl.bus()
                  .cas(topics::node_key("logic", "logic-9"), 0, encode(record("logic", "logic-9")))
                  .done());
  const auto outcome = streamctl.run({"nodes", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["node"], "logic-9");
  EXPECT_EQ(json["live"], false);
}

TEST(NodesCommand, NoNodesIsAnEmptyTable) {
  CommandLine streamctl;
  const auto outcome = streamctl.run({"nodes"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
}

}  // namespace
}  // namespace stream::cli
