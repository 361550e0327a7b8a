#include "node_roll.hpp"

#include <gmock/gmock.h>

namespace stream::api {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using Kind = NodeRoll::Change::Kind;

constexpr NodeRoll::TimePoint at(std::chrono::seconds time) {
  return NodeRoll::TimePoint(1h) + time;
}

NodeRecord logic(std::uint64_t boot, std::uint64_t counter) {
  NodeRecord record;
  record.role = "logic";
  record.node = "logic@box";
  record.boot = boot;
  record.counter = counter;
  return record;
}

std::vector<Kind> kinds(const std::vector<NodeRoll::Change>& changes) {
  std::vector<Kind> kinds;
  for (const auto& change : changes) kinds.push_back(change.kind);
  return kinds;
}

TEST(NodeRoll, SaysOnceThatANodeCame) {
  NodeRoll roll;
  const auto came = roll.take({logic(1, 5)}, at(0s));
  ASSERT_EQ(came.size(), 1U);
  EXPECT_EQ(came[0], (NodeRoll::Change{Kind::kCame, "logic/logic@box", "a new node",
                                       "node:logic:logic%40box:0000000000000001:joined"}));
  EXPECT_THAT(roll.take({logic(1, 6)}, at(1s)), IsEmpty());
}

TEST(NodeRoll, SaysThatItWasLostAndCameBack) {
  NodeRoll roll;
  std::ignore = roll.take({logic(1, 5)}, at(0s));
  std::ignore = roll.take({logic(1, 6)}, at(1s));
  const auto lost = roll.take({}, at(2s));
  ASSERT_EQ(kinds(lost), std::vector{Kind::kLost});
  EXPECT_EQ(lost[0].id, "node:logic:logic%40box:0000000000000001:6:lost");
  EXPECT_THAT(roll.take({}, at(3s)), IsEmpty());
  EXPECT_EQ(kinds(roll.take({logic(1, 7)}, at(4s))), std::vector{Kind::kCameBack});
}

TEST(NodeRoll, AProcessThatIsFrozenTwiceIsLostTwice) {
  NodeRoll roll;
  std::ignore = roll.take({logic(1, 5)}, at(0s));
  const auto first = roll.take({}, at(1s));
  std::ignore = roll.take({logic(1, 6)}, at(2s));
  const auto second = roll.take({}, at(3s));
  ASSERT_EQ(second.size(), 1U);
  EXPECT_NE(first.at(0).id, second[0].id);
}

TEST(NodeRoll, ARestartIsALossAndAReturn) {
  NodeRoll roll;
  std::ignore = roll.take({logic(1, 5)}, at(0s));
  EXPECT_EQ(kinds(roll.take({logic(2, 1)}, at(1s))), (std::vector{Kind::kLost, Kind::kCameBack}));
  EXPECT_THAT(roll.take({logic(2, 2)}, at(2s)), IsEmpty());
}

TEST(NodeRoll, TwoThatSeeTheSameGiveItTheSameIds) {
  NodeRoll one;
  NodeRoll two;
  for (const auto& live : {std::vector{logic(1, 5)}, std::vector<NodeRecord>{}, std::vector{logic(2, 1)}}) {
    EXPECT_EQ(one.take(live, at(0s)), two.take(live, at(9s)));
  }
}

TEST(NodeRoll, WhatIsGoneForADayIsForgotten) {
  NodeRoll roll;
  std::ignore = roll.take({logic(1, 5)}, at(0s));
  std::ignore = roll.take({}, at(1s));
  std::ignore = roll.take({}, at(24h));
  EXPECT_EQ(kinds(roll.take({logic(2, 1)}, at(24h))), std::vector{Kind::kCameBack});
  std::ignore = roll.take({}, at(25h));
  std::ignore = roll.take({}, at(50h));
  EXPECT_EQ(kinds(roll.take({logic(3, 1)}, at(50h))), std::vector{Kind::kCame});
}

}  // namespace
}  // namespace stream::api
