#include "node_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace stream::server {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ServerConfig config_of(std::uint32_t ingest, std::uint32_t logic, std::uint32_t reporter) {
  ServerConfig config;
  config.data_dir = "/var/lib/stream";
  config.stream_path = "/opt/sophon";
  config.ingest_nodes = ingest;
  config.logic_nodes = logic;
  config.reporter_nodes = reporter;
  return config;
}

std::vector<NodePlan> plan_of(const ServerConfig& config, const std::string& log_level = "") {
  auto plan = make_plan(config, log_level, "/opt/bin");
  EXPECT_TRUE(plan) << plan.error().message;
  return plan.value_or(std::vector<NodePlan>{});
}

const NodePlan& node(const std::vector<NodePlan>& plan, const std::string& name) {
  return *std::find_if(plan.begin(), plan.end(), [&](const NodePlan& n) { return n.name == name; });
}

TEST(NodePlan, BrokerComesAStageBeforeTheOthers) {
  const auto plan = plan_of(config_of(2, 2, 1));
  std::vector<std::string> names;
  for (const NodePlan& n : plan) {
    names.push_back(n.name);
    EXPECT_EQ(n.stage, n.role == "broker" ? 0 : 1);
  }
  EXPECT_THAT(names,
              ElementsAre("broker", "api", "ingest-1", "ingest-2", "logic-1", "logic-2", "reporter-1"));
}

TEST(NodePlan, OnlyTheApiNodeIsKilledToBeRenewed) {
  for (const NodePlan& n : plan_of(config_of(1, 1, 1))) {
    EXPECT_EQ(n.renew_signal, n.role == "api" ? SIGKILL : SIGTERM) << n.name;
  }
}

TEST(NodePlan, ApiNodeGetsTheTimeThatItGivesItsStreamProcesses) {
  auto config = config_of(1, 1, 1);
  for (const NodePlan& n : plan_of(config)) EXPECT_EQ(n.ends_others.has_value(), n.role == "api") << n.name;
  EXPECT_EQ(node(plan_of(config), "api").ends_others, kApiKillAfter);
  config.settings = {"api.kill_after_ms=600000", "logic.kill_after_ms=7"};
  EXPECT_EQ(node(plan_of(config), "api").ends_others, std::chrono::minutes(10));
  EXPECT_EQ(node(plan_of(config), "logic-1").ends_others, std::nullopt);
}

TEST(NodePlan, DefaultOfTheApiNodeIsKnown) {
  std::ifstream file(STREAM_SOURCE_DIR "/config/api-node.json");
  EXPECT_EQ(nlohmann::json::parse(file)["kill_after_ms"], kApiKillAfter.count());
}

TEST(NodePlan, LogicNodesMayBeAProgramOfOnesOwn) {
  auto config = config_of(1, 2, 1);
  config.logic_program = "/home/me/my-logic";
  const auto plan = plan_of(config);
  EXPECT_EQ(node(plan, "logic-2").arguments[0], "/home/me/my-logic");
  EXPECT_EQ(node(plan, "ingest-1").arguments[0], "/opt/bin/stream-ingest");
}

TEST(NodePlan, ExecutablesAreBesideTheServerAndNodesAreNamed) {
  const auto plan = plan_of(config_of(1, 1, 1));
  const auto& arguments = node(plan, "logic-1").arguments;
  EXPECT_EQ(arguments[0], "/opt/bin/stream-logic");
  EXPECT_THAT(arguments, Contains("logic-1"));
}

TEST(NodePlan, NodesAreToldTheBrokersSockets) {
  const auto plan = plan_of(config_of(1, 1, 1));
  EXPECT_THAT(node(plan, "reporter-1").arguments,
              Contains("broker.control=ipc:///var/lib/stream/run/control.sock"));
  EXPECT_THAT(node(plan, "broker").arguments, Not(Contains(HasSubstr("broker.control"))));
  EXPECT_THAT(node(plan, "broker").arguments, Contains("data_dir=/var/lib/stream"));
}

TEST(NodePlan, IngestPortsCountUp) {
  const auto plan = plan_of(config_of(2, 1, 1));
  EXPECT_THAT(node(plan, "ingest-1").arguments, Contains(HasSubstr(":10001")));
  EXPECT_THAT(node(plan, "ingest-2").arguments, Contains(HasSubstr(":10002")));
  EXPECT_FALSE(node(plan, "ingest-2").picks_port);
}

TEST(NodePlan, PortZeroIsPickedByEachNode) {
  ServerConfig config = config_of(2, 1, 1);
  config.ingest_port = 0;
  config.api_port = 0;
  const auto plan = plan_of(config);
  EXPECT_THAT(node(plan, "ingest-2").arguments, Contains("listen=127.0.0.1:0"));
  EXPECT_TRUE(node(plan, "ingest-2").picks_port);
  EXPECT_TRUE(node(plan, "api").picks_port);
}

TEST(NodePlan, SettingOfARoleGoesToAllItsNodesAndOfANameToOne) {
  ServerConfig config = config_of(1, 2, 1);
  config.settings = {"logic.threads=3", "logic-2.threads=4", "broker.durability=process"};
  const auto plan = plan_of(config);
  EXPECT_EQ(node(plan, "logic-1").arguments.back(), "threads=3");
  EXPECT_EQ(node(plan, "logic-2").arguments.back(), "threads=4");
  EXPECT_EQ(node(plan, "broker").arguments.back(), "durability=process");
  EXPECT_THAT(node(plan, "api").arguments, Not(Contains(HasSubstr("durability"))));
}

TEST(NodePlan, SettingForNobodyIsAnErrorThatListsTheNodes) {
  ServerConfig config = config_of(1, 1, 1);
  config.settings = {"logic-2.threads=4"};
  const auto plan = make_plan(config, "", "/opt/bin");
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr("found node 'logic-2'"));
  EXPECT_THAT(plan.error().message, HasSubstr("broker, api, ingest-1, logic-1, reporter-1"));
}

TEST(NodePlan, LogLevelGoesToAll) {
  for (const NodePlan& n : plan_of(config_of(1, 1, 1), "warn")) {
    EXPECT_THAT(n.arguments, Contains("--log-level")) << n.name;
    EXPECT_THAT(n.arguments, Contains("warn")) << n.name;
  }
}

}  // namespace
}  // namespace stream::server
