#include "stream/common/node.hpp"

#include <gtest/gtest.h>

namespace stream {
namespace {

struct NodeConfig {
  std::uint64_t ring_mib = 64;
  std::string listen = "127.0.0.1:0";
};

class StartNode : public ::testing::Test {
 protected:
  StartNode() {
    table_.add("ring_mib", config_.ring_mib, "memory", {1, 1024});
    table_.add("listen", config_.listen, "where");
  }

  std::optional<int> start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "stream-test");
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    return start_node(static_cast<int>(pointers.size()), pointers.data(),
                      {"stream-test", "for tests", check_}, table_);
  }

  NodeConfig config_;
  ConfigTable table_;
  std::function<Status()> check_;
};

TEST_F(StartNode, TakesKeysAsSettingsAndAsFlagsWithDashesOrUnderscores) {
  EXPECT_FALSE(start({"--set", "ring_mib=1"}));
  EXPECT_EQ(config_.ring_mib, 1U);
  EXPECT_FALSE(start({"--ring-mib", "2"}));
  EXPECT_EQ(config_.ring_mib, 2U);
  EXPECT_FALSE(start({"--ring_mib=3", "--node_name", "n_1"}));
  EXPECT_EQ(config_.ring_mib, 3U);
  EXPECT_EQ(node_name(), "n_1");
}

TEST_F(StartNode, BadUsageIsExitCodeTwo) {
  EXPECT_EQ(start({"--no-such-flag"}), kExitUsage);
  EXPECT_EQ(start({"--no-such-key", "1"}), kExitUsage);
  EXPECT_EQ(start({"--set", "ring_mib=0"}), kExitUsage);
  EXPECT_EQ(start({"stray"}), kExitUsage);
  EXPECT_EQ(start({"--config", "/no/such/file"}), kExitUsage);
  EXPECT_EQ(start({"--log-level", "loud"}), kExitUsage);
}

TEST_F(StartNode, WhatOnlyTheNodeCanCheckIsCheckedByCheckConfigAndAtAStart) {
  check_ = [this]() -> Status {
    if (config_.ring_mib == 13) return fail(ErrorCode::kInvalid, "ring_mib: found 13, expected another");
    return {};
  };
  EXPECT_EQ(start({"--check-config"}), kExitOk);
  EXPECT_EQ(start({"--ring-mib", "13", "--print-config"}), kExitOk);
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(start({"--check-config"}), kExitUsage);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("ring_mib: found 13, expected another"),
            std::string::npos);
  EXPECT_EQ(start({}), kExitUsage);
}

TEST_F(StartNode, QuestionsAreAnsweredWithSuccess) {
  EXPECT_EQ(start({"--help"}), kExitOk);
  EXPECT_EQ(start({"--version"}), kExitOk);
  EXPECT_EQ(start({"--check-config"}), kExitOk);
  EXPECT_EQ(start({"--print-config"}), kExitOk);
}

}  // namespace
}  // namespace stream
