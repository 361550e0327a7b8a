#include "stream/ownership/placement.hpp"

#include <gtest/gtest.h>

namespace stream::ownership {
namespace {

using std::chrono::milliseconds;

NodeRecord node(const std::string& name, std::uint64_t boot = 1) {
  NodeRecord record;
  record.node = name;
  record.boot = boot;
  return record;
}

class PlacementTest : public ::testing::Test {
 protected:
  int ours(const Placement& placement) const {
    int count = 0;
    for (int i = 0; i < 1000; ++i) count += placement.is_ours("item" + std::to_string(i)) ? 1 : 0;
    return count;
  }
  int moves(Placement& placement) const {
    int count = 0;
    while (placement.may_move(now_)) ++count;
    return count;
  }

  Placement::Time now_{std::chrono::hours(1)};
  Placement a_{"a"};
  Placement b_{"b"};
};

TEST_F(PlacementTest, NothingIsOursBeforeWeSawOurselves) {
  EXPECT_FALSE(a_.joined());
  EXPECT_EQ(ours(a_), 0);
  a_.set_members({node("b")}, now_);
  EXPECT_FALSE(a_.joined());
  EXPECT_EQ(ours(a_), 0);
}

TEST_F(PlacementTest, EachItemIsExactlyOneNodes) {
  for (Placement* placement : {&a_, &b_}) placement->set_members({node("a"), node("b")}, now_);
  EXPECT_EQ(ours(a_) + ours(b_), 1000);
  EXPECT_NEAR(ours(a_), 500, 100);
}

TEST_F(PlacementTest, AWeightIsAShare) {
  NodeRecord heavy = node("b");
  heavy.weight = 3;
  a_.set_members({node("a"), heavy}, now_);
  EXPECT_NEAR(ours(a_), 250, 80);
}

TEST_F(PlacementTest, AListWithoutUsChangesNothing) {
  a_.set_members({node("a"), node("b")}, now_);
  const int before = ours(a_);
  a_.set_members({node("b"), node("c")}, now_);
  EXPECT_EQ(ours(a_), before);
  EXPECT_TRUE(a_.is_live("a", 1));
  EXPECT_FALSE(a_.is_live("c", 1));
}

TEST_F(PlacementTest, ARestartedProcessIsAnotherOne) {
  a_.set_members({node("a"), node("b", 1)}, now_);
  EXPECT_TRUE(a_.is_live("b", 1));
  a_.set_members({node("a"), node("b", 2)}, now_);
  EXPECT_FALSE(a_.is_live("b", 1));
  EXPECT_TRUE(a_.is_live("b", 2));
}

TEST_F(PlacementTest, NothingMovesBeforeTheMembersWereTheSameForAWhile) {
  a_.set_members({node("a"), node("b")}, now_);
  now_ += milliseconds(4999);
  EXPECT_FALSE(a_.may_move(now_));
  a_.set_members({node("a"), node("b"), node("c")}, now_);
  now_ += milliseconds(4999);
  a_.set_members({node("c"), node("a"), node("b")}, now_);  // the same ones
  EXPECT_FALSE(a_.may_move(now_));
  now_ += milliseconds(100);
  EXPECT_TRUE(a_.may_move(now_));
}

TEST_F(PlacementTest, FiftyMoveASecond) {
  a_.set_members({node("a"), node("b")}, now_);
  now_ += milliseconds(10000);
  EXPECT_EQ(moves(a_), 50);
  now_ += milliseconds(500);
  EXPECT_EQ(moves(a_), 25);
  now_ += milliseconds(10000);
  EXPECT_EQ(moves(a_), 50);
}

TEST_F(PlacementTest, FewerThanOneMoveASecondAreMovesToo) {
  Placement slow("a", {milliseconds(0), 0.5});
  slow.set_members({node("a"), node("b")}, now_);
  ASSERT_EQ(moves(slow), 1);
  now_ += milliseconds(1900);
  EXPECT_EQ(moves(slow), 0);
  now_ += milliseconds(200);
  EXPECT_EQ(moves(slow), 1);
}

}  // namespace
}  // namespace stream::ownership
