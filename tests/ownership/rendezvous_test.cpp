#include "stream/ownership/rendezvous.hpp"

#include <gtest/gtest.h>

#include <map>

namespace stream::ownership {
namespace {

const std::vector<Candidate> kFour = {{"logic-1"}, {"logic-2"}, {"logic-3"}, {"logic-4"}};

TEST(Rendezvous, NobodyOwnsWithoutNodes) {
  EXPECT_EQ(owner_of("cam1", {}), "");
}

TEST(Rendezvous, OrderOfNodesDoesNotMatter) {
  for (int i = 0; i < 100; ++i) {
    const std::string task = "cam" + std::to_string(i);
    EXPECT_EQ(owner_of(task, kFour), owner_of(task, {kFour.rbegin(), kFour.rend()}));
  }
}

// A change of the hash would move every task during a rolling upgrade.
TEST(Rendezvous, IsTheSameForEver) {
  std::string owners;
  for (const char* task : {"cam1", "cam2", "任务1", "11", "113"}) owners += owner_of(task, kFour).back();
  EXPECT_EQ(owners, "42244");
}

TEST(Rendezvous, SharesAreFair) {
  std::map<std::string, int> counts;
  for (int i = 0; i < 4000; ++i) ++counts[owner_of("cam" + std::to_string(i), kFour)];
  for (const auto& [node, count] : counts) EXPECT_NEAR(count, 1000, 150) << node;
}

TEST(Rendezvous, WeightsAreShares) {
  const std::vector<Candidate> uneven = {{"big", 3}, {"small", 1}, {"odd", -1}};  // not above 0: counts as 1
  std::map<std::string, int> counts;
  for (int i = 0; i < 5000; ++i) ++counts[owner_of("cam" + std::to_string(i), uneven)];
  EXPECT_NEAR(counts["big"], 3000, 200);
  EXPECT_NEAR(counts["small"], 1000, 150);
  EXPECT_NEAR(counts["odd"], 1000, 150);
}

TEST(Rendezvous, OnlyTheTasksOfALostNodeMove) {
  const std::vector<Candidate> three(kFour.begin(), kFour.end() - 1);
  for (int i = 0; i < 1000; ++i) {
    const std::string task = "cam" + std::to_string(i);
    const std::string before = owner_of(task, kFour);
    EXPECT_TRUE(before == "logic-4" || owner_of(task, three) == before) << task;
  }
}

}  // namespace
}  // namespace stream::ownership
